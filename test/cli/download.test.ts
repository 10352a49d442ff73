import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { CatalogueFile } from '../../src/shared/catalogue.ts'
import { cutAfter, type FileServer, fileServer } from '../downloads/file-server.ts'
import { jsonOf, mien, temporaryFolder, tiny64, tinyModels, tinyPictures } from './mien.ts'

const names = ['generator.pkl', 'fan-torchscript.zip', 'vgg16.pth', 'lpips.pth'] as const
const files = Object.fromEntries(names.map((name) => [`/${name}`, readFileSync(join(tiny64, name))]))
const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** A home with a catalogue of its own, whose set is what the server has. */
async function mirrored(more: Partial<CatalogueFile> = {}) {
  const server = await fileServer(files)
  const env = { MIEN_HOME: temporaryFolder() }
  const catalogue = catalogueIn(env.MIEN_HOME, server.url, more)
  const download = (...words: string[]) =>
    mien(['download', 'tiny', '--catalogue', catalogue, '--json', ...words], { env })
  return { server, env, catalogue, download }
}

function catalogueIn(
  folder: string,
  urlOf: (path: string) => string,
  more: Partial<CatalogueFile> = {},
): string {
  const listed = Object.entries(files).map(([path, bytes]) => ({
    ...{ url: urlOf(path), bytes: bytes.length, sha256: hashOf(bytes) },
    ...more,
  }))
  const licence = { name: 'Mine', url: 'https://example.com/licence', use: 'For tests.' }
  const path = join(folder, 'catalogue.json')
  writeFileSync(path, JSON.stringify([{ id: 'tiny', name: 'Tiny faces', licence, files: listed }]))
  return path
}

const stalled = (server: FileServer, bytes: number) => {
  server.whim = (request, response) => {
    const file = files[request.url!]!
    if (request.url !== '/generator.pkl') return undefined
    response.writeHead(200, { etag: '"one"', 'content-length': file.length }).write(file.subarray(0, bytes))
    return true
  }
}

describe('mien download', () => {
  test('asks for the licence once, fetches a set and imports it as dropped files are', async () => {
    const { server, env, download } = await mirrored()
    const refused = await download()
    expect(refused).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('Mine, https://example.com/licence For tests.'),
    })
    expect(jsonOf(refused)).toMatchObject({
      error: { code: 'download', hint: 'Read it, and say --accept-licence.' },
    })
    expect(server.asked).toEqual([])
    const first = await download('--accept-licence')
    expect(first).toMatchObject({ code: 0, stderr: expect.stringContaining('Downloading …') })
    const models = ['generator', 'fan-torchscript', 'vgg16']
    expect(jsonOf(first)).toEqual({ set: 'tiny', models })
    expect(readdirSync(join(env.MIEN_HOME, 'downloads'))).toEqual([])
    const listed = jsonOf<{ models: { id: string; licence?: string }[] }>(
      await mien(['models', '--json'], { env }),
    )
    expect(listed.models.filter(({ licence }) => licence === 'Mine').map(({ id }) => id)).toEqual(
      models.toSorted(),
    )
    expect(jsonOf(await download())).toEqual({ set: 'tiny', models })
    const out = join(temporaryFolder(), 'result')
    await mien(['project', ...tinyPictures, '--model', 'generator', '--steps', '2', '--out', out], { env })
    const record = readFileSync(join(env.MIEN_HOME, 'models', 'generator', 'model.json'), 'utf8')
    expect(JSON.parse(record).name, 'what the set is called').toBe('Tiny faces')
    const { landmarks, perceptual } = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).order.files
    expect([landmarks[0].id, perceptual[0].id], 'what came with the generator').toEqual(models.slice(1))
    expect(server.asked.map(({ path }) => path).toSorted()).toEqual(
      names.map((name) => `/${name}`).toSorted(),
    )
  })

  test('from files, for a machine without a network', async () => {
    const env = { MIEN_HOME: temporaryFolder() }
    const catalogue = catalogueIn(env.MIEN_HOME, (path) => pathToFileURL(join(tiny64, path)).href)
    const args = ['download', 'tiny', '--catalogue', catalogue, '--accept-licence']
    const { code, stdout } = await mien(args, { env })
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: ['generator', 'fan-torchscript', 'vgg16'].map((id) => `${id} is in the library.\n`).join(''),
    })
  })

  test('that is killed goes on where it was', async () => {
    const { server, env, catalogue, download } = await mirrored()
    stalled(server, 700_000)
    const args = ['download', 'tiny', '--catalogue', catalogue, '--accept-licence']
    const killed = await mien(args, {
      env,
      onText: ['Downloading', (child) => setTimeout(() => child.kill('SIGKILL'), 500)],
    })
    expect(killed.code).toBeNull()
    const { partials } = jsonOf<{ partials: { name: string; held: number; bytes: number }[] }>(
      await mien(['models', '--available', '--json'], { env }),
    )
    const generator = partials.find(({ name }) => name === 'generator.pkl')!
    expect(generator).toMatchObject({ bytes: files['/generator.pkl']!.length, held: 700_000 })
    server.whim = undefined
    expect(jsonOf(await download())).toEqual({
      set: 'tiny',
      models: ['generator', 'fan-torchscript', 'vgg16'],
    })
    expect(server.asked.filter(({ path }) => path === '/generator.pkl').at(-1)).toMatchObject({
      range: 'bytes=700000-',
      ifRange: '"one"',
    })
  })

  test('that is stopped by Ctrl-C keeps what came', async () => {
    const { server, env, catalogue } = await mirrored()
    stalled(server, 700_000)
    const args = ['download', 'tiny', '--catalogue', catalogue, '--accept-licence']
    const stopped = await mien(args, {
      env,
      onText: ['Downloading', (child) => setTimeout(() => child.kill('SIGINT'), 500)],
    })
    expect(stopped).toMatchObject({ code: 130, stderr: expect.stringContaining('what came of it is kept') })
    expect(existsSync(join(env.MIEN_HOME, 'downloads', 'lock'))).toBe(false)
    const { stdout } = await mien(['models', '--available'], { env })
    expect(stdout).toMatch(/generator\.pkl: 0\.70 MB of 1\.42 MB are here, in .*downloads/)
  })

  test('lists what came of files, and removes it', async () => {
    const { server, env, catalogue, download } = await mirrored()
    expect(jsonOf(await mien(['download', '--partial', '--json'], { env }))).toMatchObject({ partials: [] })
    stalled(server, 700_000)
    const stop = () =>
      mien(['download', 'tiny', '--catalogue', catalogue, '--accept-licence'], {
        env,
        onText: ['Downloading', (child) => setTimeout(() => child.kill('SIGINT'), 1000)],
      })
    await stop()
    const all = await mien(['download', '--partial'], { env })
    expect(all.stdout).toMatch(/^generator\.pkl: 0\.70 MB of 1\.42 MB are here, in .*downloads.\w{16}$/m)
    const held = (of: readonly string[]) =>
      mien(['download', ...of, '--partial', '--json', '--catalogue', catalogue], { env }).then(
        (finished) => jsonOf<{ partials: { id: string; name: string; held: number }[] }>(finished).partials,
      )
    const [generator] = await held(['generator.pkl'])
    expect(generator).toMatchObject({ name: 'generator.pkl', held: 700_000 })
    expect(await held(['tiny'])).toEqual(await held([]))

    const lock = join(env.MIEN_HOME, 'downloads', 'lock')
    writeFileSync(lock, String(process.pid))
    const refused = await mien(['download', 'generator.pkl', '--forget'], { env })
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('Another Mien is downloading') })
    rmSync(lock)
    const { code, stdout } = await mien(['download', generator!.id, '--forget'], { env })
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'generator.pkl: 0.70 MB were removed.\n' })
    expect(existsSync(join(env.MIEN_HOME, 'downloads', generator!.id))).toBe(false)

    await stop()
    const names = (await held([])).map(({ name }) => name)
    expect(names).toContain('generator.pkl')
    const asked = server.asked.length
    const { removed } = jsonOf<{ removed: { name: string }[] }>(await download('--forget'))
    expect(removed.map(({ name }) => name)).toEqual(names)
    expect(readdirSync(join(env.MIEN_HOME, 'downloads'))).toEqual([])
    expect(jsonOf(await download('--forget'))).toEqual({ removed: [] })
    expect(server.asked).toHaveLength(asked)
  })

  test.each([
    [['nothing.pkl', '--forget'], 3, 'Nothing came of "nothing.pkl"'],
    [['nothing.pkl', '--partial'], 3, 'Nothing came of "nothing.pkl"'],
    [['--forget'], 2, 'A set is missing'],
    [[], 2, 'A set is missing'],
    [['tiny', '--forget', '--partial'], 2, 'cannot be used with'],
    [['tiny', '--forget', '--accept-licence'], 2, 'cannot be used with'],
  ])('refuses %j', async (words, code, message) => {
    expect(await mien(['download', ...words])).toMatchObject({
      code,
      stderr: expect.stringContaining(message),
    })
  })

  test('of a file that was changed imports nothing', async () => {
    const { server, env, download } = await mirrored()
    const spoiled = Buffer.from(files['/generator.pkl']!)
    spoiled[5000]! ^= 1
    server.files = { ...files, '/generator.pkl': spoiled }
    const { code, stderr } = await download('--accept-licence')
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining(hashOf(spoiled)) })
    expect(existsSync(join(env.MIEN_HOME, 'models'))).toBe(false)
  })

  test('pins what has no published hash', async () => {
    const { server, env, download } = await mirrored({ sha256: undefined as never })
    expect(await download('--accept-licence')).toMatchObject({ code: 0 })
    const pins = JSON.parse(readFileSync(join(env.MIEN_HOME, 'pinned-downloads.json'), 'utf8'))
    expect(pins[server.url('/generator.pkl')]).toBe(hashOf(files['/generator.pkl']!))
  })

  test('of what is no model says so, and what came next is not held to it', async () => {
    const { server, env, download } = await mirrored({ sha256: undefined as never, about: true })
    server.files = { ...files, '/generator.pkl': Buffer.from('<html>Please log in</html>'.repeat(100)) }
    const refused = await download('--accept-licence')
    expect(refused).toMatchObject({ code: 3, stderr: expect.stringContaining('generator.pkl') })
    expect(readdirSync(join(env.MIEN_HOME, 'downloads'))).toHaveLength(3)
    server.files = files
    expect(await download()).toMatchObject({ code: 0 })
    expect(server.asked).toHaveLength(5)
  })

  test('over a line that is cut again and again', async () => {
    const { server, download } = await mirrored()
    let cuts = 0
    server.whim = (request, response) =>
      cuts++ < 4 && cutAfter(300_000, files[request.url!]!, request, response, '"one"')
    expect(await download('--accept-licence')).toMatchObject({ code: 0 })
  })
})

describe('mien models --available', () => {
  test('lists sets with lengths, hashes and licences, and fetches nothing', async () => {
    const { server, env, catalogue } = await mirrored()
    const { code, stdout } = await mien(['models', '--available', '--catalogue', catalogue], { env })
    expect(code).toBe(0)
    expect(stdout).toContain('tiny  Tiny faces, 3.67 MB\n')
    expect(stdout).toContain(`generator.pkl, 1.42 MB, sha256 ${hashOf(files['/generator.pkl']!)}\n`)
    expect(stdout).toContain('  licence: Mine, https://example.com/licence For tests.\n')
    expect(server.asked).toEqual([])
  })

  test('says how long a step takes here once a search has told', async () => {
    const env = { MIEN_HOME: temporaryFolder() }
    const out = join(temporaryFolder(), 'out')
    const search = ['project', ...tinyPictures, ...tinyModels, '--steps', '8', '--out', out]
    expect((await mien(search, { env })).code).toBe(0)
    const paces = JSON.parse(readFileSync(join(env.MIEN_HOME, 'paces.json'), 'utf8'))
    expect(paces).toMatchObject([{ provider: 'cpu' }])
    const [{ seconds, operations, elements }] = paces
    const path = catalogueIn(env.MIEN_HOME, (name) => `https://example.com${name}`)
    const [set] = JSON.parse(readFileSync(path, 'utf8'))
    const list = async (needs: object, ...json: string[]) => {
      writeFileSync(path, JSON.stringify([{ ...set, needs }]))
      return mien(['models', '--available', '--catalogue', path, ...json], { env })
    }
    const twice = { step: { operations: 2 * operations, elements: 2 * elements } }
    const { sets } = jsonOf<{ sets: { stepSeconds: number }[] }>(await list(twice, '--json'))
    expect(sets[0]!.stepSeconds).toBeCloseTo(2 * seconds, 10)
    expect((await list(twice)).stdout).toContain(
      `  a step takes about ${Number((2 * seconds).toPrecision(2))} s on this machine\n`,
    )
    expect((await list({ memory: 1e9 })).stdout).not.toContain('a step takes')
  })

  test.each(['{', '[]x', '{"sets": 3}'])('refuses the catalogue %s', async (text) => {
    const path = join(temporaryFolder(), 'c.json')
    writeFileSync(path, text)
    const { code, stderr } = await mien(['models', '--available', '--catalogue', path])
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('is no catalogue') })
  })
})
