import { closeSync, cpSync, mkdirSync, openSync, readSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A file in Electron's archive; one that is unpacked lies beside it. */
export interface AsarFile {
  readonly path: string
  readonly size: number
  readonly unpacked: boolean
  /** From the end of the header; absent for unpacked files. */
  readonly offset?: number
}

interface Node {
  readonly files?: Readonly<Record<string, Node>>
  readonly size?: number
  readonly offset?: string
  readonly unpacked?: boolean
}

/** The files that an archive names. Its header: 4 numbers of 4 bytes, of which the last is the length of its JSON. */
export function readAsar(archive: string): { readonly files: readonly AsarFile[]; readonly start: number } {
  const file = openSync(archive, 'r')
  const sizes = Buffer.alloc(16)
  readSync(file, sizes, 0, 16, 0)
  const json = Buffer.alloc(sizes.readUInt32LE(12))
  readSync(file, json, 0, json.length, 16)
  closeSync(file)
  return { files: flat(JSON.parse(json.toString()) as Node, ''), start: 8 + sizes.readUInt32LE(4) }
}

function flat(node: Node, path: string): AsarFile[] {
  if (node.files !== undefined) {
    return Object.entries(node.files).flatMap(([name, child]) =>
      flat(child, path === '' ? name : `${path}/${name}`),
    )
  }
  const { size = 0, offset, unpacked = false } = node
  return [{ path, size, unpacked, ...(offset === undefined ? {} : { offset: Number(offset) }) }]
}

/** Puts an archive and what lies beside it into a folder, as a program sees the two. */
export function extractAsar(archive: string, folder: string): void {
  const { files, start } = readAsar(archive)
  const source = openSync(archive, 'r')
  for (const { path, size, offset } of files) {
    if (offset === undefined) continue
    const content = Buffer.alloc(size)
    readSync(source, content, 0, size, start + offset)
    mkdirSync(join(folder, dirname(path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  closeSync(source)
  cpSync(`${archive}.unpacked`, folder, { recursive: true })
}
