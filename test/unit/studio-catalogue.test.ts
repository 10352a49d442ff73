import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { keepPace } from '../../src/node/runs/pace.ts'
import { catalogueCommands } from '../../src/node/studio/catalogue-commands.ts'
import type { EventData, EventName } from '../../src/shared/events.ts'
import { temporaryFolder } from '../cli/mien.ts'
import { type FileServer, fileServer } from '../downloads/file-server.ts'
import { library } from '../downloads/library.ts'

const bytes = randomBytes(200_000)
const files = { '/a.pkl': bytes, '/b.pt': bytes.subarray(1) }
const sha256 = createHash('sha256').update(bytes).digest('hex')

async function opened() {
  const server = await fileServer(files)
  const home = temporaryFolder()
  const told: { name: EventName; data: EventData<EventName> }[] = []
  const listeners = new Set<() => void>()
  const released: string[] = []
  const { commands, close } = catalogueCommands({
    ...{ home, askEngine: library(home).ask },
    uploadPath: async (upload) => join(home, upload),
    releaseUpload: async (upload) => void released.push(upload),
    emit(name, data) {
      told.push({ name, data })
      for (const listener of listeners) listener()
    },
  })
  onTestFinished(close)
  writeFileSync(join(home, 'mine'), JSON.stringify(catalogueOf(server)))
  await commands['catalogue.choose']({ upload: 'mine' })
  const list = () => commands['catalogue.list']({})
  return {
    ...{ server, home, told, released, commands, close, list },
    first: async () => (await list()).sets[0]!,
    /** Once something that was told makes it so. */
    until: (isSo: () => Promise<boolean>) =>
      new Promise<void>((resolve) => {
        const look = async () => {
          if (!(await isSo())) return
          listeners.delete(look)
          resolve()
        }
        listeners.add(look)
        void look()
      }),
  }
}

const catalogueOf = (server: FileServer) => ({
  sets: [
    {
      ...{ id: 'one', name: 'One', licence: { name: 'Mine', url: 'https://example.com', use: 'For tests.' } },
      files: [{ url: server.url('/a.pkl'), bytes: bytes.length, sha256: sha256.slice(0, 8) }],
    },
    {
      ...{ id: 'two', name: 'Two', licence: { name: 'Mine', url: 'https://example.com' } },
      files: [{ url: server.url('/b.pt'), bytes: bytes.length - 1 }],
    },
  ],
})

/** Gives the half of the first file, and nothing more. */
const stall = (server: FileServer) => {
  server.whim = (request, response) => {
    if (request.url !== '/a.pkl') return undefined
    response
      .writeHead(200, { etag: '"one"', 'content-length': bytes.length })
      .write(bytes.subarray(0, 100_000))
    return true
  }
}

describe('the catalogue in the studio', () => {
  test('tells how long a step takes by the searches that were made here', async () => {
    const { server, home, commands, list } = await opened()
    const { sets } = catalogueOf(server)
    const step = { operations: 3e9, elements: 3e9 }
    writeFileSync(join(home, 'mine'), JSON.stringify([{ ...sets[0], needs: { step } }, sets[1]]))
    await commands['catalogue.choose']({ upload: 'mine' })
    const told = async () => (await list()).sets.map(({ stepSeconds, memory }) => [stepSeconds, memory])
    expect(await told()).toEqual([
      [null, null],
      [null, null],
    ])
    await keepPace(home, { provider: 'cpu', seconds: 0.5, operations: 1e9, elements: 1e9 })
    expect(await told()).toEqual([
      [1.5, null],
      [null, null],
    ])
  })

  test('fetches nothing until it is pressed and the licence accepted, then downloads, imports and tells how far it is', async () => {
    const { server, told, commands, first, until } = await opened()
    expect(await first()).toEqual({
      ...{ id: 'one', name: 'One', accepted: false, citation: null, memory: null, stepSeconds: null },
      licences: [{ name: 'Mine', url: 'https://example.com', use: 'For tests.' }],
      files: [
        {
          ...{ url: server.url('/a.pkl'), name: 'a.pkl', bytes: bytes.length, about: false },
          ...{ sha256: sha256.slice(0, 8), pinned: false },
        },
      ],
      ...{ missing: bytes.length, installed: false, busy: false, failure: null },
    })
    await expect(commands['catalogue.download']({ set: 'one', accept: false })).rejects.toThrow(
      /not accepted/,
    )
    expect(server.asked).toEqual([])
    await commands['catalogue.download']({ set: 'one', accept: true })
    expect((await first()).busy).toBe(true)
    await until(async () => !(await first()).busy)
    expect(await first()).toMatchObject({ accepted: true, installed: true, missing: 0, failure: null })
    // Pinned once it was a model.
    expect((await first()).files[0]).toMatchObject({ sha256, pinned: true })
    const stages = told.flatMap(({ name, data }) => (name === 'catalogue.progress' ? [data] : []))
    expect(stages.at(-1)).toMatchObject({ set: 'one', progress: { stage: 'importing' } })
    expect(told.some(({ name }) => name === 'models')).toBe(true)
    // Whoever accepted it for one set need not for the other.
    await commands['catalogue.download']({ set: 'two', accept: false })
    await until(async () => (await first()).installed && server.asked.length === 2)
  })

  test('pauses, says what came, goes on, and another set waits meanwhile', async () => {
    const { server, commands, first, list, until } = await opened()
    stall(server)
    await commands['catalogue.download']({ set: 'one', accept: true })
    await commands['catalogue.download']({ set: 'one', accept: true })
    await commands['catalogue.download']({ set: 'two', accept: true })
    await until(async () => (await list()).partials[0]?.held === 100_000)
    expect((await list()).sets.map(({ busy }) => busy)).toEqual([true, true])
    expect(server.asked).toHaveLength(1)
    await expect(commands['catalogue.remove']({ partial: 'x' })).rejects.toThrow(
      /Something is being downloaded/,
    )
    await commands['catalogue.pause']({ set: 'one' })
    expect(await first()).toMatchObject({ busy: false, failure: null, missing: 100_000 })
    await until(async () => (await list()).sets[1]!.installed)
    server.whim = undefined
    await commands['catalogue.download']({ set: 'one', accept: false })
    await until(async () => (await first()).installed)
    expect(server.asked.at(-1)).toMatchObject({ path: '/a.pkl', range: 'bytes=100000-' })
  })

  test('keeps why a download failed until the next press, and lets what came be removed', async () => {
    const { server, home, commands, first, list, until } = await opened()
    server.files = {}
    await commands['catalogue.download']({ set: 'one', accept: true })
    await until(async () => (await first()).failure !== null)
    expect((await first()).failure).toMatchObject({
      code: 'download',
      message: expect.stringContaining('404'),
    })
    server.files = files
    stall(server)
    await commands['catalogue.download']({ set: 'one', accept: true })
    expect((await first()).failure).toBeNull()
    await until(async () => (await list()).partials[0]?.held === 100_000)
    await commands['catalogue.pause']({ set: 'one' })
    const [partial] = (await list()).partials
    expect(partial).toMatchObject({ name: 'a.pkl', bytes: bytes.length })
    await commands['catalogue.remove']({ partial: partial!.id })
    expect((await list()).partials).toEqual([])
    expect(readdirSync(join(home, 'downloads'))).toEqual([])
  })

  test('stops when the studio closes, and keeps what came', async () => {
    const { server, home, commands, close, list, until } = await opened()
    stall(server)
    await commands['catalogue.download']({ set: 'one', accept: true })
    await until(async () => (await list()).partials[0]?.held === 100_000)
    await close()
    expect(existsSync(join(home, 'downloads', 'lock'))).toBe(false)
    expect((await list()).partials[0]!.held).toBe(100_000)
  })
})

describe('a catalogue of one’s own', () => {
  test('takes the place of that of Mien until it is given back', async () => {
    const { commands, list, released } = await opened()
    expect(await list()).toMatchObject({ own: true, sets: [{ id: 'one' }, { id: 'two' }] })
    expect(released).toEqual(['mine'])
    await commands['catalogue.choose']({ upload: null })
    expect(await list()).toMatchObject({ own: false })
    expect((await list()).sets.length).toBeGreaterThan(2)
  })

  test('that is none is refused, and changes nothing', async () => {
    const { home, commands, list, released } = await opened()
    writeFileSync(join(home, 'bad'), '{"sets": [{}]}')
    await expect(commands['catalogue.choose']({ upload: 'bad' })).rejects.toMatchObject({ code: 'bad-file' })
    expect((await list()).sets[0]!.id).toBe('one')
    expect(released).toEqual(['mine', 'bad'])
  })
})
