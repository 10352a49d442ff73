import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { manifestText } from '../../src/node/projects/manifest.ts'
import type { ProjectStore } from '../../src/node/projects/project-store.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import { migrate, migrations, parseProject, salvageProject } from '../../src/shared/migrations.ts'
import { type Project, projectVersion } from '../../src/shared/project.ts'

let home: string
let store: ProjectStore
let anna: Project
const inLibrary = (...parts: string[]) => join(home, 'projects', ...parts)
const manifestPath = () => inLibrary('Anna.mien', 'project.json')

function anotherStore(): ProjectStore {
  return createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
}

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'mien-damage-'))
  store = anotherStore()
  const { id } = await store.create('Anna', emptySetup())
  anna = await store.change(id, (project) => ({ ...project, name: 'Anna Lena' }))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await store.dispose()
  rmSync(home, { recursive: true, force: true })
})

describe('a manifest', () => {
  test('that was cut off anywhere is told by its checksum, and the one before it counts', async () => {
    const whole = readFileSync(manifestPath())
    for (let length = 0; length < whole.length - 1; length += 97) {
      writeFileSync(manifestPath(), whole.subarray(0, length))
      expect((await store.read(anna.id)).name).toBe('Anna')
    }
    const { project, damage, readOnly } = await store.open(anna.id)
    expect({ name: project.name, readOnly }).toEqual({ name: 'Anna', readOnly: null })
    expect(damage).toEqual(['project.json is damaged: this is the project as it was before its last change.'])
    expect((await anotherStore().list())[0]?.trouble).toMatch(/project.json is damaged/)
  })

  test('that was changed in any byte is told', async () => {
    const whole = readFileSync(manifestPath())
    for (let at = 0; at < whole.length - 1; at += 41) {
      const changed = Buffer.from(whole)
      changed[at] = changed[at]! ^ 1
      writeFileSync(manifestPath(), changed)
      expect((await store.read(anna.id)).name, `byte ${at}`).toBe('Anna')
    }
  })

  test('that is damaged is put aside by the next change, and the one before it stays', async () => {
    writeFileSync(manifestPath(), 'not a project')
    await store.change(anna.id, (project) => ({ ...project, name: 'Anna again' }))
    expect(readFileSync(inLibrary('Anna.mien', 'project.damaged.json'), 'utf8')).toBe('not a project')
    writeFileSync(manifestPath(), '')
    expect((await anotherStore().read(anna.id)).name).toBe('Anna')
  })

  test('that was changed by hand is taken as far as it goes where nothing else is whole', async () => {
    const fields = JSON.parse(readFileSync(manifestPath(), 'utf8'))
    writeFileSync(
      manifestPath(),
      JSON.stringify({ ...fields, name: 'By hand', pictures: [{ id: 'x' }], setup: 3 }),
    )
    writeFileSync(inLibrary('Anna.mien', 'project.previous.json'), 'torn')
    const { project, damage } = await store.open(anna.id)
    expect(project).toMatchObject({ id: anna.id, name: 'By hand', pictures: [], setup: emptySetup() })
    expect(damage).toEqual(['project.json is damaged: this is what could be made out of it.'])
  })

  test('of which nothing is left is listed with its trouble, and can be removed and restored', async () => {
    for (const name of ['project.json', 'project.previous.json'])
      writeFileSync(inLibrary('Anna.mien', name), '{')
    const [listed] = await store.list()
    expect(listed).toMatchObject({ name: 'Anna', trouble: expect.stringMatching(/damaged or missing/) })
    await expect(store.open(listed!.id)).rejects.toMatchObject({ code: 'bad-file', hint: expect.any(String) })
    expect(readdirSync(inLibrary('Anna.mien'))).not.toContain('project.lock')
    await store.remove([listed!.id])
    expect(await store.list()).toEqual([])
    const [binned] = await store.bin()
    expect((await store.restore([binned!.id]))[0]).toMatchObject({ name: 'Anna' })
  })

  test('that is no file is damaged', async () => {
    rmSync(manifestPath())
    mkdirSync(manifestPath())
    expect((await store.open(anna.id)).damage[0]).toMatch(/is damaged/)
  })

  test('that is missing is made up for by the one before it', async () => {
    rmSync(manifestPath())
    const { project, damage } = await store.open(anna.id)
    expect(project.name).toBe('Anna')
    expect(damage[0]).toMatch(/^project.json is missing/)
  })
})

describe('folders', () => {
  test('that the user renamed or sorted into other folders still open', async () => {
    await store.list()
    mkdirSync(inLibrary('Family', 'Children'), { recursive: true })
    renameSync(inLibrary('Anna.mien'), inLibrary('Family', 'Children', 'my daughter'))
    expect((await store.open(anna.id)).project.name).toBe('Anna Lena')
    await store.change(anna.id, (project) => ({ ...project, name: 'Anna' }))
    expect((await anotherStore().list()).map(({ id, name }) => [id, name])).toEqual([[anna.id, 'Anna']])
  })

  test('that the user copied are projects of their own from when they are opened', async () => {
    cpSync(inLibrary('Anna.mien'), inLibrary('Anna copy.mien'), { recursive: true })
    const ids = (await store.list()).map(({ id }) => id)
    expect(new Set(ids).size).toBe(2)
    expect(ids).toContain(anna.id)
    const copy = ids.find((id) => id !== anna.id)!
    expect(await store.open(copy)).toMatchObject({ project: { id: copy, name: 'Anna Lena' }, readOnly: null })
    await store.change(copy, (project) => ({ ...project, name: 'The copy' }))
    await store.dispose()
    renameSync(inLibrary('Anna copy.mien'), inLibrary('Elsewhere.mien'))
    const found = await anotherStore().list()
    expect(new Map(found.map(({ id, name }) => [id, name]))).toEqual(
      new Map([
        [anna.id, 'Anna Lena'],
        [copy, 'The copy'],
      ]),
    )
  })

  test('that are copied while the project is open leave its id with it', async () => {
    await store.open(anna.id)
    cpSync(inLibrary('Anna.mien'), inLibrary('Anna Lena.mien'), { recursive: true })
    await store.change(anna.id, (project) => ({ ...project, setup: { ...project.setup, device: 'cpu' } }))
    expect((await store.read(anna.id)).setup.device).toBe('cpu')
    expect(await store.list()).toHaveLength(2)
    expect(JSON.parse(readFileSync(manifestPath(), 'utf8')).setup.device).toBe('cpu')
  })

  test('of a kill in the middle are tidied up', async () => {
    const dead = '2147483646-0123456789ab.tmp'
    mkdirSync(inLibrary(`.Ben.mien.${dead}`))
    writeFileSync(inLibrary('Anna.mien', `.project.json.${dead}`), 'x')
    writeFileSync(inLibrary('Anna.mien', 'inputs', `.a.${dead}`), 'x')
    writeFileSync(inLibrary('Anna.mien', `.project.json.${process.pid}-0123456789ab.tmp`), 'of one at work')
    const later = anotherStore()
    await later.open(anna.id)
    const names = readdirSync(inLibrary(), { recursive: true, encoding: 'utf8' })
    expect(names.filter((name) => name.endsWith('.tmp'))).toEqual([
      join('Anna.mien', `.project.json.${process.pid}-0123456789ab.tmp`),
    ])
    await later.dispose()
  })
})

describe('a lock', () => {
  const lockPath = () => inLibrary('Anna.mien', 'project.lock')
  const lockOf = (more: object) =>
    JSON.stringify({ host: hostname(), pid: 2147483646, since: Date.now(), token: 'x', ...more })

  test.each([
    ['of a process that is gone', () => lockOf({})],
    ['of a process that had the number of this one', () => lockOf({ pid: process.pid })],
    ['of a process before the machine was started', () => lockOf({ pid: process.ppid, since: 0 })],
    ['that is torn', () => '{"host":'],
    ['that is empty', () => ''],
  ])('%s is taken over', async (_case, text) => {
    writeFileSync(lockPath(), text())
    expect(await store.open(anna.id)).toMatchObject({ readOnly: null })
    expect(JSON.parse(readFileSync(lockPath(), 'utf8'))).toMatchObject({ host: hostname(), pid: process.pid })
  })

  test('of a living process, or of another machine, names its owner', async () => {
    writeFileSync(lockPath(), lockOf({ pid: process.ppid }))
    expect((await store.open(anna.id)).readOnly).toMatch(
      new RegExp(`on this machine \\(process ${process.ppid}`),
    )
    writeFileSync(lockPath(), lockOf({ host: 'studio-upstairs', pid: 7 }))
    expect((await store.open(anna.id)).readOnly).toMatch(
      /open in another Mien on studio-upstairs \(process 7/,
    )
  })

  test('of another machine that was not renewed for ten minutes is taken over', async () => {
    writeFileSync(lockPath(), lockOf({ host: 'studio-upstairs' }))
    const before = new Date(Date.now() - 11 * 60_000)
    utimesSync(lockPath(), before, before)
    expect(await store.open(anna.id)).toMatchObject({ readOnly: null })
  })

  test('that someone took over ends the leave to change', async () => {
    await store.open(anna.id)
    writeFileSync(lockPath(), lockOf({ host: 'studio-upstairs' }))
    await expect(store.change(anna.id, (project) => ({ ...project, name: 'x' }))).rejects.toMatchObject({
      code: 'wrong-use',
      message: expect.stringMatching(/studio-upstairs/),
    })
    await store.close(anna.id)
    expect(JSON.parse(readFileSync(lockPath(), 'utf8')).host).toBe('studio-upstairs')
    expect((await store.read(anna.id)).name).toBe('Anna Lena')
  })

  test('is renewed while the project is open', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    await store.open(anna.id)
    const before = new Date(Date.now() - 9 * 60_000)
    utimesSync(lockPath(), before, before)
    vi.advanceTimersByTime(61_000)
    vi.useRealTimers()
    await vi.waitFor(async () => {
      const { modified } = (await (await import('../../src/node/host/files.ts')).statusOf(lockPath()))!
      expect(modified).toBeGreaterThan(Date.now() - 60_000)
    })
  })
})

describe('migrations', () => {
  test('lead from every version to this one', () => {
    const versions = Array.from({ length: projectVersion - 1 }, (_, n) => n + 1)
    expect(Object.keys(migrations).map(Number)).toEqual(versions)
  })

  test('are made one after the other, and leave what is newer alone', () => {
    const steps = {
      1: ({ title, ...rest }: Record<string, unknown>) => ({ ...rest, name: title }),
      2: (fields: Record<string, unknown>) => ({ ...fields, mood: 'calm' }),
    }
    const first = { format: 'mien-project', version: 1, title: 'Anna' }
    expect(migrate(first, steps, 3)).toEqual({
      format: 'mien-project',
      version: 3,
      name: 'Anna',
      mood: 'calm',
    })
    expect(migrate({ ...first, version: 3 }, steps, 3)).toEqual({ ...first, version: 3 })
    expect(migrate({ ...first, version: 9 }, steps, 3)).toEqual({ ...first, version: 9 })
  })

  test('give nothing for what is no project', () => {
    for (const fields of [{}, { format: 'x', version: 1 }, { format: 'mien-project', version: 0, id: 'x' }]) {
      expect(parseProject(fields)).toBeUndefined()
      expect(salvageProject(fields)).toBeUndefined()
    }
  })

  test('the checksum tells a change and not a layout', () => {
    const text = manifestText({ a: 1, b: [1, 2] })
    expect(JSON.parse(text).checksum).toBe(JSON.parse(manifestText({ a: 1, b: [1, 2] })).checksum)
    expect(JSON.parse(text).checksum).not.toBe(JSON.parse(manifestText({ a: 1, b: [2, 1] })).checksum)
  })
})
