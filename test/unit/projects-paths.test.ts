import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import { sha256 } from '../../src/node/host/sha256.ts'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { manifestText } from '../../src/node/projects/manifest.ts'
import { entryParts, folderNameOf, freeName } from '../../src/node/projects/project-paths.ts'
import type { ProjectStore } from '../../src/node/projects/project-store.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import { zip } from '../hostile/zip-assembly.ts'

/** Names that would lead out of a folder, or to something that is no file, on some system. */
const escapes: readonly string[] = [
  '..',
  '../..',
  '../secret',
  '../../secret',
  '../outside/secret',
  '../projects-evil/secret',
  './../secret',
  'a/../../secret',
  'inputs/../../secret',
  '..\\secret',
  '..\\..\\secret',
  'a\\..\\..\\secret',
  '/etc/passwd',
  '//etc/passwd',
  '/',
  '\\',
  '.',
  './',
  '...',
  '.. /secret',
  '..\u0000/secret',
  'a\u0000',
  '\u0000',
  'C:\\Windows\\win.ini',
  'C:/Windows/win.ini',
  'C:secret',
  'c:',
  '\\\\server\\share\\secret',
  '//server/share/secret',
  '\\\\?\\C:\\secret',
  '\\\\.\\PhysicalDrive0',
  'file:///etc/passwd',
  '~/secret',
  '~root/secret',
  '$HOME/secret',
  '%USERPROFILE%\\secret',
  '%2e%2e%2fsecret',
  '%2e%2e/secret',
  '..%2fsecret',
  '..%5csecret',
  '..%c0%afsecret',
  '..%252fsecret',
  '\u2025/secret',
  '\uff0e\uff0e/secret',
  '\uff0e\uff0e\uff0fsecret',
  '..\u2215secret',
  '..\u2044secret',
  '\u202e..\u202d/secret',
  'CON',
  'con.txt',
  'PRN',
  'AUX.mien',
  'NUL',
  'nul.tar.gz',
  'COM1',
  'com9.txt',
  'LPT1',
  'COM\u00b9',
  'CONIN$',
  'CONOUT$',
  'secret.',
  'secret ',
  ' secret',
  'secret::$DATA',
  'secret:stream',
  'a<b',
  'a|b',
  'a?b',
  'a*b',
  'a"b',
  'line\nbreak',
  'tab\tstop',
  '\u001b[31m',
  '\u007f',
  '.hidden',
  '.git/config',
  'project.lock/..',
  'x'.repeat(300),
  'a/'.repeat(40),
  '\ud800',
  'e\u0301'.repeat(90),
  '__proto__',
]

let home: string
let store: ProjectStore
let id: string
const secret = 'what nobody may reach'

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'mien-paths-'))
  for (const name of ['outside', 'projects-evil', 'projects', 'bin']) mkdirSync(join(home, name))
  for (const name of ['secret', 'outside/secret', 'projects-evil/secret'])
    writeFileSync(join(home, name), secret)
  store = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
  id = (await store.create('Anna', emptySetup())).id
})
afterEach(async () => {
  await store.dispose()
  rmSync(home, { recursive: true, force: true })
})

/** Everything in the home that is neither a project nor in the bin. */
function outside(): readonly string[] {
  const names = readdirSync(home, { recursive: true, encoding: 'utf8' })
  return names
    .filter((name) => !/^(projects|bin)([/\\]|$)/.test(name))
    .map(
      (name) =>
        `${name} ${statSync(join(home, name)).isFile() ? readFileSync(join(home, name), 'utf8') : ''}`,
    )
    .sort()
}

/** A name that every system takes for one file and nothing else. */
function isPlain(name: string): boolean {
  const device = /^(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])$/i
  return (
    name !== '' &&
    !/[<>:"/\\|?*\p{Cc}\p{Cs}]/u.test(name) &&
    !/^[. ]|[. ]$/.test(name) &&
    !device.test(name.split('.')[0]!.trim()) &&
    Buffer.byteLength(name) <= 200 &&
    name === name.normalize('NFC')
  )
}

const picture = new TextEncoder().encode('x')

describe(`${escapes.length} names that lead elsewhere`, () => {
  test('are enough of them', () => {
    expect(new Set(escapes).size).toBeGreaterThanOrEqual(60)
  })

  test.each(
    Object.entries({
      open: (name: string) => store.open(name),
      read: (name: string) => store.read(name),
      change: (name: string) => store.change(name, (project) => project),
      duplicate: (name: string) => store.duplicate([name]),
      remove: (name: string) => store.remove([name]),
      restore: (name: string) => store.restore([name]),
      purge: (name: string) => store.purge([name]),
      thumbnail: (name: string) => store.thumbnail(name),
      setThumbnail: (name: string) => store.setThumbnail(name, picture),
      addFile: (name: string) => store.addFile(name, picture),
      'readFile, project': (name: string) => store.readFile(name, sha256(secret)),
      'readFile, file': (name: string) => store.readFile(id, name),
      'runFolder, project': (name: string) => store.runFolder(name, 'run'),
      'runFolder, run': (name: string) => store.runFolder(id, name),
      'driverFolder, project': (name: string) => store.driverFolder(name, 'driver'),
      'driverFolder, driver': (name: string) => store.driverFolder(id, name),
      runs: (name: string) => store.runs(name),
      pack: (name: string) => store.pack(name),
    }),
  )('are no ids: %s', async (_command, work) => {
    const before = outside()
    for (const name of escapes) {
      const error = await Promise.resolve(work(name)).then(
        (value) => new Error(`${JSON.stringify(name)} was taken: ${value}`),
        (error: unknown) => error,
      )
      expect(error, JSON.stringify(name)).toBeInstanceOf(MienError)
      expect((error as MienError).code, JSON.stringify(name)).toBe('wrong-use')
    }
    expect(outside()).toEqual(before)
    expect(readdirSync(join(home, 'projects'))).toEqual(['Anna.mien'])
  })

  test('of devices are no runs', async () => {
    for (const name of ['con', 'nul', 'aux', 'prn', 'com1', 'lpt9']) {
      await expect(store.runFolder(id, name)).rejects.toMatchObject({ code: 'wrong-use' })
    }
  })

  test('close nothing', async () => {
    const before = outside()
    for (const name of escapes) await store.close(name)
    expect(outside()).toEqual(before)
  })

  test('as titles of new projects give plain folders in the library, or none', async () => {
    const before = outside()
    let made = 0
    for (const name of escapes) {
      const outcome = await store.create(name, emptySetup()).catch((error: unknown) => error)
      if (outcome instanceof Error) expect(outcome).toMatchObject({ name: 'MienError', code: 'wrong-use' })
      else made++
    }
    const folders = readdirSync(join(home, 'projects'))
    expect(folders).toHaveLength(1 + made)
    expect(made).toBeGreaterThan(40)
    expect(folders.filter((name) => !isPlain(name) || !name.endsWith('.mien'))).toEqual([])
    expect(outside()).toEqual(before)
    expect((await store.list()).filter(({ trouble }) => trouble !== undefined)).toEqual([])
  })

  test('as names of packed files, as their entries, and as titles in them stay inside', async () => {
    const before = outside()
    const manifest = readFileSync(join(home, 'projects', 'Anna.mien', 'project.json'), 'utf8')
    const { checksum: _, ...fields } = JSON.parse(manifest)
    const data = new TextEncoder().encode('not the secret')
    let refused = 0
    for (const name of escapes) {
      const packed = (more: object) => ({
        name: 'project.json',
        data: Buffer.from(manifestText({ ...fields, ...more })),
      })
      const packs = [
        [name, zip([packed({ name })])],
        ['a.mienz', zip([packed({ id: name })])],
        ['a.mienz', zip([packed({}), { name, data }])],
        ['a.mienz', zip([packed({}), { name: `runs/${name}`, data }])],
        ['a.mienz', zip([{ ...packed({}), name: `${name}/project.json` }])],
      ] as const
      for (const [fileName, bytes] of packs) {
        await store.unpack(fileName, bytes).catch((error: unknown) => {
          refused++
          expect(error, JSON.stringify(name)).toBeInstanceOf(MienError)
          expect((error as MienError).code).toBe('bad-file')
        })
      }
    }
    expect(refused).toBeGreaterThan(2 * escapes.length)
    expect(outside()).toEqual(before)
    const paths = readdirSync(join(home, 'projects'), { recursive: true, encoding: 'utf8' })
    expect(paths.filter((path) => !path.split(/[/\\]/).every(isPlain))).toEqual([])
  })

  test('in a manifest are not taken', async () => {
    const path = join(home, 'projects', 'Anna.mien', 'project.json')
    const { checksum: _, ...fields } = JSON.parse(readFileSync(path, 'utf8'))
    for (const name of escapes) {
      writeFileSync(path, manifestText({ ...fields, id: name }))
      const [listed] = await store.list()
      expect(listed?.id).toMatch(/^folder-[0-9a-f]{24}$/)
      expect(listed?.trouble).toMatch(/cannot be opened/)
    }
  })
})

describe.skipIf(process.platform === 'win32')('links out of a project', () => {
  const inAnna = (...parts: string[]) => join(home, 'projects', 'Anna.mien', ...parts)
  const link = (target: string, path: string) => {
    rmSync(path, { recursive: true, force: true })
    symlinkSync(target, path)
  }

  test('are followed by no reading and no writing', async () => {
    const before = outside()
    const hash = sha256(secret)
    writeFileSync(join(home, 'outside', hash), secret)
    const withHash = outside()
    link(join(home, 'outside'), inAnna('inputs'))
    await expect(store.readFile(id, hash)).rejects.toMatchObject({ code: 'bad-file' })
    await expect(store.addFile(id, picture)).rejects.toMatchObject({ code: 'bad-file' })
    rmSync(inAnna('inputs'))
    mkdirSync(inAnna('inputs'))
    link(join(home, 'outside', hash), inAnna('inputs', hash))
    await expect(store.readFile(id, hash)).rejects.toMatchObject({ code: 'bad-file' })
    link(join(home, 'secret'), inAnna('thumbnail.webp'))
    await expect(store.thumbnail(id)).rejects.toMatchObject({ code: 'bad-file' })
    await expect(store.setThumbnail(id, picture)).rejects.toMatchObject({ code: 'bad-file' })
    mkdirSync(inAnna('runs'), { recursive: true })
    link(join(home, 'outside'), inAnna('runs', 'run-1'))
    await expect(store.runFolder(id, 'run-1')).rejects.toMatchObject({ code: 'bad-file' })
    link(join(home, 'outside'), inAnna('runs'))
    await expect(store.runFolder(id, 'run-2')).rejects.toMatchObject({ code: 'bad-file' })
    expect(outside()).toEqual(withHash)
    rmSync(join(home, 'outside', hash))
    expect(outside()).toEqual(before)
  })

  test('are neither copied nor packed, and are no projects', async () => {
    link(join(home, 'outside'), inAnna('exports'))
    const [copy] = await store.duplicate([id])
    const folder = join(home, 'projects', `${copy!.name}.mien`)
    expect(readdirSync(folder).sort()).toEqual(['inputs', 'project.json', 'runs'])
    expect(Buffer.from(await store.pack(id)).includes('secret')).toBe(false)
    renameSync(inAnna(), join(home, 'outside', 'Anna.mien'))
    symlinkSync(join(home, 'outside', 'Anna.mien'), join(home, 'projects', 'Link.mien'))
    expect((await store.list()).map(({ name }) => name)).toEqual([copy!.name])
  })

  test('as a manifest are not read', async () => {
    renameSync(inAnna('project.json'), join(home, 'outside', 'project.json'))
    symlinkSync(join(home, 'outside', 'project.json'), inAnna('project.json'))
    expect((await store.list())[0]?.trouble).toMatch(/damaged or missing/)
  })

  test('vanish with a project that is removed for good; what they lead to stays', async () => {
    link(join(home, 'outside'), inAnna('exports'))
    await store.remove([id])
    await store.purge([id])
    expect(existsSync(join(home, 'outside', 'secret'))).toBe(true)
  })
})

describe('names of folders', () => {
  test.each([
    ['Anna', 'Anna.mien'],
    ['  Anna   Lena  ', 'Anna Lena.mien'],
    ['a/b\\c:d', 'a b c d.mien'],
    ['CON', 'CON_.mien'],
    ['con.fetti', 'con_.fetti.mien'],
    ['Zoe\u0308', 'Zo\u00eb.mien'],
    ['...', 'Project.mien'],
    ['\u202egnp.exe', 'gnp.exe.mien'],
    ['目'.repeat(100), `${'目'.repeat(53)}.mien`],
    ['x'.repeat(120), `${'x'.repeat(80)}.mien`],
    ['👩‍👩‍👧 family', '👩‍👩‍👧 family.mien'],
  ])('of %j is %j', (title, name) => {
    expect(folderNameOf(title)).toBe(name)
    expect(isPlain(basename(name))).toBe(true)
  })

  test('that are taken get a number, whatever their case', () => {
    expect(freeName('Anna.mien', [])).toBe('Anna.mien')
    expect(freeName('Anna.mien', ['anna.MIEN'])).toBe('Anna 2.mien')
    const copies = ['Anna.mien', 'Anna 2.mien', 'Anna 3.mien']
    expect(freeName('Anna 2.mien', copies)).toBe('Anna 4.mien')
    expect(freeName('Summer 2024', ['Summer 2024'])).toBe('Summer 2024 2')
    expect(freeName('Zo\u00eb', ['Zoe\u0308'])).toBe('Zo\u00eb 2')
  })

  test('of entries are plain in every part', () => {
    expect(entryParts('runs/a/proj.png')).toEqual(['runs', 'a', 'proj.png'])
    const taken = escapes.flatMap((name) => entryParts(name) ?? [])
    expect(taken.filter((part) => !isPlain(part))).toEqual([])
  })
})
