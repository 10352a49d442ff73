import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { zipSync } from 'fflate'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { sha256 } from '../../src/node/host/sha256.ts'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { manifestText } from '../../src/node/projects/manifest.ts'
import type { ProjectStore } from '../../src/node/projects/project-store.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import { zip } from '../hostile/zip-assembly.ts'

const mebibyte = 2 ** 20
const content = Buffer.from('a picture')
const hash = sha256(content)
const files = [
  'project.json',
  `inputs/${hash}`,
  'thumbnail.webp',
  'runs/run-1/run.json',
  'runs/run-1/recovery/snapshot-0',
]

let home: string
let store: ProjectStore
let id: string
const inLibrary = (...parts: string[]) => join(home, 'projects', ...parts)

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'mien-pack-'))
  store = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
  id = (await store.create('Zoë', emptySetup())).id
  await store.open(id)
  await store.addFile(id, content)
  await store.setThumbnail(id, Buffer.from('small'))
  const size = { bytes: content.length, width: 1, height: 1 }
  const picture = {
    id: 'look',
    name: 'x.png',
    sha256: hash,
    ...size,
    faces: [],
    alignment: { by: 'centre' as const },
  }
  await store.change(id, (project) => ({ ...project, pictures: [picture] }))
  mkdirSync(inLibrary('Zoë.mien', 'runs', 'run-1', 'recovery'), { recursive: true })
  writeFileSync(inLibrary('Zoë.mien', 'runs', 'run-1', 'run.json'), '{"steps":5}')
  writeFileSync(inLibrary('Zoë.mien', 'runs', 'run-1', 'recovery', 'snapshot-0'), 'state')
})
afterEach(async () => {
  await store.dispose()
  rmSync(home, { recursive: true, force: true })
})

function filesOf(folder: string): readonly string[] {
  const names = readdirSync(inLibrary(folder), { recursive: true, withFileTypes: true })
  const root = inLibrary(folder).length + 1
  return names
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root).replaceAll('\\', '/'))
    .sort()
}

describe('a packed project', () => {
  test('about as many bytes as a packed project has are told before', async () => {
    const bytes = Buffer.alloc(300_000, 7)
    const lines = Array.from({ length: 20_000 }, (_, step) => `{"step":${step},"loss":${Math.sin(step)}}\n`)
    writeFileSync(inLibrary('Zoë.mien', 'runs', 'run-1', 'proj.png'), bytes)
    writeFileSync(inLibrary('Zoë.mien', 'runs', 'run-1', 'metrics.ndjson'), lines.join(''))
    const told = await store.packSize(id)
    const packed = (await store.pack(id)).length
    expect(Math.abs(told! / packed - 1)).toBeLessThan(0.25)
  })

  test('a project that is too large to be packed has no size as a pack', async () => {
    const path = inLibrary('Zoë.mien', 'runs', 'run-1', 'proj.png')
    writeFileSync(path, '')
    truncateSync(path, 300 * mebibyte)
    expect(await store.packSize(id)).toBe(null)
  })

  test('holds all its files and comes out the same, with an id of its own', async () => {
    const { id: unpacked, name } = await store.unpack('Zoë.mienz', await store.pack(id))
    expect(unpacked).not.toBe(id)
    expect(name).toBe('Zoë 2')
    expect(filesOf('Zoë 2.mien')).toEqual([...files].sort())
    for (const file of files.slice(1)) {
      expect(readFileSync(inLibrary('Zoë 2.mien', file))).toEqual(readFileSync(inLibrary('Zoë.mien', file)))
    }
    const before = await store.read(id)
    expect(await store.read(unpacked)).toEqual({ ...before, id: unpacked, name })
  })

  test('leaves out what runs need to go on where it would be too large with it', async () => {
    truncateSync(inLibrary('Zoë.mien', 'runs', 'run-1', 'recovery', 'snapshot-0'), 300 * mebibyte)
    await store.unpack('Zoë.mienz', await store.pack(id))
    expect(filesOf('Zoë 2.mien')).toEqual(files.slice(0, 4).sort())
    truncateSync(inLibrary('Zoë.mien', 'runs', 'run-1', 'run.json'), 300 * mebibyte)
    await expect(store.pack(id)).rejects.toMatchObject({
      code: 'wrong-use',
      message: 'The project has 301 MiB; at most 256 MiB can be packed.',
    })
  })

  test('leaves out what drivers look like where it would be too large with it, and goes on with their motions', async () => {
    const clip = { codec: 'H.264', width: 320, height: 240, missing: 0, kept: true }
    const driver = { id: 'd1', name: 'clip.mp4', frames: 8, seconds: 1, clip, squares: true }
    await store.change(id, (project) => ({ ...project, drivers: [driver] }))
    const folder = inLibrary('Zoë.mien', 'drivers', 'd1')
    mkdirSync(folder, { recursive: true })
    for (const name of ['driver.json', 'motion.npz', 'squares.npz', 'clip']) {
      writeFileSync(join(folder, name), name)
    }
    writeFileSync(join(folder, 'squares.mjpeg'), '')
    await store.unpack('Zoë.mienz', await store.pack(id))
    expect(filesOf('Zoë 2.mien')).toEqual(filesOf('Zoë.mien').filter((name) => !/lock|previous/.test(name)))
    truncateSync(join(folder, 'squares.mjpeg'), 300 * mebibyte)
    const { id: light } = await store.unpack('Zoë.mienz', await store.pack(id))
    expect(filesOf('Zoë 3.mien').filter((name) => name.startsWith('drivers'))).toEqual([
      'drivers/d1/driver.json',
      'drivers/d1/motion.npz',
      'drivers/d1/squares.npz',
    ])
    const { drivers } = await store.read(light)
    expect(drivers).toEqual([{ ...driver, squares: false, clip: { ...clip, kept: false } }])
    expect((await store.read(id)).drivers).toEqual([driver])
  })

  test('may be the zip of its folder by another program', async () => {
    const bytes = (file: string) => new Uint8Array(readFileSync(inLibrary('Zoë.mien', file)))
    const entries = Object.fromEntries(files.map((file) => [`Zoe\u0308.mien/${file}`, bytes(file)]))
    const junk = {
      'Zoe\u0308.mien/.DS_Store': new Uint8Array(9),
      '__MACOSX/Zoe\u0308.mien/._x': new Uint8Array(9),
    }
    const folder = { 'Zoe\u0308.mien/exports/': new Uint8Array(0) }
    const archive = zipSync({
      ...folder,
      ...entries,
      ...junk,
      'Zoe\u0308.mien/project.lock': new Uint8Array(1),
    })
    const summary = await store.unpack('Zoë.zip', archive)
    expect(filesOf('Zoë 2.mien')).toEqual([...files].sort())
    expect(await store.open(summary.id)).toMatchObject({ damage: [], readOnly: null })
  })
})

describe('what is no sound pack is refused, and leaves nothing in the library:', () => {
  const manifest = () => ({ name: 'project.json', data: readFileSync(inLibrary('Zoë.mien', 'project.json')) })
  const data = Buffer.from('x')
  const fields = () => {
    const { checksum: _, ...rest } = JSON.parse(manifest().data.toString())
    return rest
  }
  const cases: Readonly<Record<string, () => Uint8Array>> = {
    'an empty file': () => new Uint8Array(0),
    'another kind of file': () => Buffer.from('GIF89a and so on, long enough for an end record'),
    'a zip without a project': () => zip([{ name: 'a.txt', data }]),
    'an empty zip': () => zip([]),
    'a manifest that is no JSON': () => zip([{ name: 'project.json', data: Buffer.from('{') }]),
    'a manifest of something else': () =>
      zip([{ name: 'project.json', data: Buffer.from('{"format":"other"}') }]),
    'a manifest without an id': () =>
      zip([{ name: 'project.json', data: Buffer.from(manifestText({ ...fields(), id: undefined })) }]),
    'a checksum that is wrong': () => zip([{ ...manifest(), crc: 7 }]),
    'two names that differ by their case': () =>
      zip([manifest(), { name: 'a/B', data }, { name: 'A/b', data }]),
    'two names that differ by their composition': () =>
      zip([manifest(), { name: 'Zo\u00eb', data }, { name: 'Zoe\u0308', data }]),
    'a name that is also a folder': () => zip([manifest(), { name: 'a', data }, { name: 'a/b', data }]),
    'a folder that is also a name': () => zip([manifest(), { name: 'a/b', data }, { name: 'A', data }]),
    'more files than anyone has': () => {
      const many = Array.from({ length: 20_001 }, (_, n) => [`f${n}`, new Uint8Array(0)] as const)
      return zipSync(
        { 'project.json': new Uint8Array(manifest().data), ...Object.fromEntries(many) },
        { level: 0 },
      )
    },
    'a file that grows beyond reason': () =>
      zipSync(
        { 'project.json': new Uint8Array(manifest().data), bomb: new Uint8Array(8 * mebibyte) },
        { level: 9 },
      ),
    'more than can be unpacked': () => {
      const claim = { data: new Uint8Array(8), method: 8, size: 300 * mebibyte, compressed: 8 }
      return zip([manifest(), { name: 'a', ...claim }, { name: 'b', ...claim }])
    },
    'a size that is not true': () =>
      zip([manifest(), { name: 'a', data: Buffer.from([3, 0]), method: 8, size: 500_000, crc: 0 }]),
    'a pack that another one hides in': () => Buffer.concat([zip([manifest()]), zip([manifest()])]),
  }

  test.each(Object.entries(cases))('%s', async (_case, archive) => {
    await expect(store.unpack('evil.mienz', archive())).rejects.toMatchObject({ code: 'bad-file' })
    expect(readdirSync(inLibrary())).toEqual(['Zoë.mien'])
  })

  test('a pack that is cut off anywhere, or has a byte changed, is refused or comes out as a project', async () => {
    const whole = await store.pack(id)
    for (let at = 0; at < whole.length; at += 211) {
      await expect(store.unpack('cut.mienz', whole.subarray(0, at)), `cut at ${at}`).rejects.toMatchObject({
        code: 'bad-file',
      })
      const changed = whole.slice()
      changed[at] = changed[at]! ^ 0x10
      const outcome = await store.unpack('changed.mienz', changed).catch((error: unknown) => error)
      if (outcome instanceof Error) expect(outcome, `byte ${at}`).toMatchObject({ code: 'bad-file' })
    }
    expect((await store.list()).filter(({ trouble }) => trouble !== undefined)).toEqual([])
    expect(readdirSync(inLibrary()).filter((name) => name.endsWith('.tmp'))).toEqual([])
  })
})
