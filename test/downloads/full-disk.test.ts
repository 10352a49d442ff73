import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import { fetchFile } from '../../src/node/downloads/fetch-file.ts'
import { placeOf } from '../../src/node/downloads/partials.ts'
import { fill, mayMount, smallDisk } from '../crash/small-disk.ts'
import { fileServer } from './file-server.ts'

test.skipIf(!mayMount)(
  'a disk that becomes full ends a download, which goes on once there is space (needs Linux and leave to mount)',
  async () => {
    const content = randomBytes(6_000_000)
    const server = await fileServer({ '/a.pkl': content })
    const disk = smallDisk(16)
    const file = { url: server.url('/a.pkl'), bytes: content.length }
    const place = placeOf(disk, file.url)
    let ballast: string | undefined
    const options = {
      rules: { own: true, hosts: new Set([`127.0.0.1:${server.port}`]) },
      ...{ signal: new AbortController().signal, sleep: async () => undefined },
      onBytes(held: number) {
        if (held > 0) ballast ??= fill(disk, 1_000_000)
      },
    }
    await expect(fetchFile(file, place, options)).rejects.toMatchObject({
      code: 'unwritable',
      message: expect.stringContaining('the disk is full'),
    })
    rmSync(ballast!)
    await fetchFile(file, place, options)
    expect(readFileSync(place.file).equals(content)).toBe(true)
    expect(server.asked[1]!.range).toMatch(/^bytes=[1-9]\d+-$/)
  },
)
