import { createHash, randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type DownloadOptions, downloadSet } from '../../src/node/downloads/download-set.ts'
import { acceptLicences, openLicences } from '../../src/node/downloads/licences.ts'
import { createRate } from '../../src/node/downloads/rate.ts'
import type { CatalogueFile, CatalogueSet, SetProgress } from '../../src/shared/catalogue.ts'
import { temporaryFolder } from '../cli/mien.ts'
import { type FileServer, fileServer } from './file-server.ts'
import { library } from './library.ts'

const files = Object.fromEntries(
  ['/a.pkl', '/b.zip', '/c.pt', '/d.pt'].map((path) => [path, randomBytes(60_000)]),
)
const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

function setOf(
  server: FileServer,
  more: (path: string) => Partial<CatalogueFile> = () => ({}),
): CatalogueSet {
  const all = Object.entries(files).map(([path, bytes]) => ({
    ...{ url: server.url(path), bytes: bytes.length, sha256: hashOf(bytes) },
    ...more(path),
  }))
  return { id: 'tiny', name: 'Tiny', licence: { name: 'Mine', url: 'https://example.com' }, files: all }
}

async function started(more?: (path: string) => Partial<CatalogueFile>) {
  const server = await fileServer(files)
  const home = temporaryFolder()
  const { ask, imported } = library(home)
  const told: SetProgress[] = []
  const stop = new AbortController()
  const options: DownloadOptions = {
    ...{ home, askEngine: ask, signal: stop.signal },
    rules: { own: true, hosts: new Set([`127.0.0.1:${server.port}`]) },
    onProgress: (progress) => void told.push(progress),
    sleep: async () => undefined,
  }
  const set = setOf(server, more)
  await acceptLicences(home, set)
  return { server, home, imported, told, stop, options, set }
}

/** What lies in the downloads. */
const left = (home: string) => readdirSync(join(home, 'downloads'))

describe('a set', () => {
  test('comes two files at once, is imported, and leaves nothing behind', async () => {
    const { server, home, told, options, set } = await started()
    server.whim = (request, response) => {
      setTimeout(() => response.writeHead(200, { 'content-length': 60_000 }).end(files[request.url!]), 30)
      return true
    }
    expect(await downloadSet(set, options)).toEqual(['a', 'b', 'c', 'd'])
    expect(server.mostAtOnce).toBe(2)
    expect(left(home)).toEqual([])
    expect(told.at(-1)).toEqual({ stage: 'importing', done: 0 })
    expect(told.findLast(({ stage }) => stage === 'downloading')).toMatchObject({
      held: 240_000,
      bytes: 240_000,
    })
    const { licence } = JSON.parse(readFileSync(join(home, 'models', 'a', 'model.json'), 'utf8'))
    expect(licence).toBe('Mine')
  })

  test('that is there is neither fetched nor imported again, with or without a published hash', async () => {
    for (const more of [undefined, () => ({ sha256: undefined as never })]) {
      const { server, imported, options, set } = await started(more)
      const first = await downloadSet(set, options)
      const asked = server.asked.length
      expect(await downloadSet(set, options)).toEqual(first)
      expect(server.asked).toHaveLength(asked)
      expect(imported).toHaveLength(4)
    }
  })

  test('whose files were pinned takes no others', async () => {
    const { server, home, options, set } = await started(() => ({ sha256: undefined as never }))
    await downloadSet(set, options)
    rmSync(join(home, 'models'), { recursive: true })
    await downloadSet(set, options)
    rmSync(join(home, 'models'), { recursive: true })
    server.files = { ...files, '/d.pt': randomBytes(60_000) }
    await expect(downloadSet(set, options)).rejects.toThrow(
      /d\.pt is not the file that came first from there/,
    )
  })

  test('of which one file is wrong imports nothing, and keeps the others for the next time', async () => {
    const { server, home, imported, options, set } = await started()
    server.files = { ...files, '/d.pt': randomBytes(60_000) }
    await expect(downloadSet(set, options)).rejects.toMatchObject({ code: 'download' })
    expect(imported).toEqual([])
    expect(left(home)).toHaveLength(3)
    server.files = files
    const asked = server.asked.length
    await downloadSet(set, options)
    expect(server.asked).toHaveLength(asked + 1)
    expect(imported).toHaveLength(4)
  })

  test('whose first file is missing does not wait for the second', async () => {
    const { server, options, set } = await started()
    server.whim = (request, response) => {
      if (request.url === '/b.zip') return response.writeHead(200, { 'content-length': 60_000 }).write('x')
      return request.url === '/a.pkl' && Boolean(response.writeHead(404).end())
    }
    await expect(downloadSet(set, options)).rejects.toThrow(/refuses a.pkl: 404/)
  })

  test('that is stopped goes on the next time', async () => {
    const { server, options, set, stop, imported } = await started()
    server.whim = (request, response) => {
      if (request.url !== '/c.pt') return undefined
      stop.abort()
      response.writeHead(200)
      return true
    }
    await expect(downloadSet(set, options)).rejects.toMatchObject({ code: 'stopped' })
    server.whim = undefined
    await downloadSet(set, { ...options, signal: new AbortController().signal })
    expect(imported).toHaveLength(4)
    expect(server.asked.filter(({ path }) => path === '/a.pkl')).toHaveLength(1)
  })

  test('is refused while another Mien downloads, and not by one that is gone', async () => {
    const { home, options, set } = await started()
    mkdirSync(join(home, 'downloads'))
    writeFileSync(join(home, 'downloads', 'lock'), String(process.pid))
    await expect(downloadSet(set, options)).rejects.toThrow(/Another Mien/)
    for (const gone of ['999999999', 'x', '']) {
      writeFileSync(join(home, 'downloads', 'lock'), gone)
      await downloadSet(set, options)
    }
    expect(existsSync(join(home, 'downloads', 'lock'))).toBe(false)
  })

  test('that the disk has no room for is refused before anything is asked for', async () => {
    const { server, options, set } = await started((path) => (path === '/d.pt' ? { bytes: 2 ** 52 } : {}))
    await expect(downloadSet(set, options)).rejects.toMatchObject({ code: 'unwritable' })
    expect(server.asked).toEqual([])
  })
})

describe('licences', () => {
  test('are accepted once, all of them, before anything is fetched', async () => {
    const other = { name: 'Other', url: 'https://example.com/other' }
    const { server, home, options, set } = await started()
    const two = { ...set, files: set.files.map((file, i) => (i === 0 ? { ...file, licence: other } : file)) }
    expect(await openLicences(home, set)).toEqual([])
    expect(await openLicences(home, two)).toEqual([other])
    await expect(downloadSet(two, options)).rejects.toThrow(/"Other" was not accepted/)
    expect(server.asked).toEqual([])
    await acceptLicences(home, two)
    await downloadSet(two, options)
    writeFileSync(join(home, 'accepted-licences.json'), 'damaged')
    expect(await openLicences(home, two)).toHaveLength(2)
  })
})

test('a speed is that of the last seconds', () => {
  const rate = createRate()
  expect(rate.at(0, 0)).toBeNull()
  expect(rate.at(400, 400)).toBeNull()
  expect(rate.at(1000, 1000)).toBe(1000)
  for (let second = 2; second <= 20; second++) rate.at(second * 1000, 1000 + (second - 1) * 100)
  expect(rate.at(21_000, 3000)).toBe(100)
  // A file that began anew.
  expect(rate.at(22_000, 10)).toBeNull()
})
