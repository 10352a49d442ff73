import { createHash } from 'node:crypto'
import { createReadStream, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { serve } from '../downloads/file-server.ts'

const licence = {
  name: 'Random weights',
  url: 'https://example.com/licence',
  use: 'For any use: they draw nothing.',
}

export const setOf = (size: number) => ({ id: `ffhq-${size}`, name: `Photographs, FFHQ ${size}` })
const filesOf = (size: number) => [`ffhq-${size}.pkl`, '2DFAN4-cd938726ad.zip', 'vgg16.pt']

export interface SetServer {
  /** A file: sets at these sizes, by addresses of the server. */
  readonly catalogue: string
  /** Bytes of all files of a set. */
  bytesOf(size: number): number
  close(): void
}

/** Serves what `write_set.py` wrote on the loopback, and writes the catalogue of it. */
export async function serveSets(folder: string, sizes: readonly number[]): Promise<SetServer> {
  const server = createServer((request, response) => {
    const name = request.url!.slice(1)
    if (!sizes.flatMap(filesOf).includes(name)) return response.writeHead(404).end()
    const { range, 'if-range': ifRange } = request.headers
    // Read for each answer and forgotten: only one or two are held at once.
    return serve(
      readFileSync(join(folder, name)),
      response,
      range,
      ifRange as string | undefined,
      `"${name}"`,
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const names = new Set(sizes.flatMap(filesOf))
  const listed = new Map<string, { url: string; bytes: number; sha256: string }>()
  for (const name of names) {
    const path = join(folder, name)
    const hash = createHash('sha256')
    await pipeline(createReadStream(path), hash)
    listed.set(name, {
      url: `http://127.0.0.1:${port}/${name}`,
      bytes: statSync(path).size,
      sha256: hash.digest('hex'),
    })
  }
  const sets = sizes.map((size) => ({
    ...setOf(size),
    licence,
    files: filesOf(size).map((name) => listed.get(name)!),
  }))
  const catalogue = join(folder, 'catalogue.json')
  writeFileSync(catalogue, JSON.stringify({ sets }, null, 2))
  return {
    catalogue,
    bytesOf: (size) => filesOf(size).reduce((sum, name) => sum + listed.get(name)!.bytes, 0),
    close() {
      server.closeAllConnections()
      server.close()
    },
  }
}
