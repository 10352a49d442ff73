import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { copyWholeFile } from '../../src/node/host/files.ts'
import { sha256 } from '../../src/node/host/sha256.ts'
import { ifStillThere } from '../../src/node/projects/contents.ts'
import { createProjectStore } from '../../src/node/projects/library.ts'
import type { ProjectStore } from '../../src/node/projects/project-store.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { Picture, Project } from '../../src/shared/project.ts'

let home: string
let store: ProjectStore
let clock = Date.UTC(2026, 0, 1)
const day = 24 * 60 * 60 * 1000

function anotherStore(): ProjectStore {
  return createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin'), now: () => clock })
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mien-projects-'))
  clock = Date.now()
  store = anotherStore()
})
afterEach(async () => {
  await store.dispose()
  rmSync(home, { recursive: true, force: true })
})

const bytes = (text: string) => new TextEncoder().encode(text)
const folders = () => readdirSync(join(home, 'projects')).sort()
const inProject = (...parts: string[]) => join(home, 'projects', ...parts)

function pictureOf(id: string, content: Uint8Array): Picture {
  return {
    id,
    name: `${id}.png`,
    sha256: sha256(content),
    bytes: content.length,
    width: 10,
    height: 20,
    faces: [],
    alignment: { by: 'centre' },
  }
}

/** A project with one picture. */
async function withPicture(name: string, content = `the picture of ${name}`): Promise<Project> {
  const { id } = await store.create(name, emptySetup())
  await store.addFile(id, bytes(content))
  return store.change(id, (project) => ({ ...project, pictures: [pictureOf('look', bytes(content))] }))
}

describe('projects', () => {
  test('are made, listed newest first, changed, and found again by another store', async () => {
    const anna = await store.create('Anna', emptySetup())
    clock += 1000
    const ben = await store.create('Ben', emptySetup())
    expect((await store.list()).map(({ name }) => name)).toEqual(['Ben', 'Anna'])
    clock += 1000
    const renamed = await store.change(anna.id, (project) => ({ ...project, name: 'Anna Lena' }))
    expect(renamed).toMatchObject({ id: anna.id, name: 'Anna Lena', created: anna.created, modified: clock })
    expect(await anotherStore().list()).toEqual([
      { id: anna.id, name: 'Anna Lena', created: anna.created, modified: clock, thumbnail: null, runs: 0 },
      { id: ben.id, name: 'Ben', created: ben.created, modified: ben.modified, thumbnail: null, runs: 0 },
    ])
    expect(folders()).toEqual(['Anna.mien', 'Ben.mien'])
    expect(await anotherStore().read(anna.id)).toEqual(renamed)
  })

  test('keep files under their hashes and give them back only as they were', async () => {
    const { id } = await store.create('Anna', emptySetup())
    const hash = await store.addFile(id, bytes('a picture'))
    expect(hash).toBe(sha256('a picture'))
    expect(await store.addFile(id, bytes('a picture'))).toBe(hash)
    expect(new TextDecoder().decode(await store.readFile(id, hash))).toBe('a picture')
    writeFileSync(inProject('Anna.mien', 'inputs', hash), 'another')
    await expect(store.readFile(id, hash)).rejects.toMatchObject({ code: 'bad-file' })
    await store.addFile(id, bytes('a picture'))
    expect(await store.readFile(id, hash)).toEqual(Buffer.from('a picture'))
    await expect(store.readFile(id, sha256('none'))).rejects.toMatchObject({ code: 'unreadable-file' })
  })

  test('are changed one change after the other', async () => {
    const { id } = await store.create('0', emptySetup())
    await Promise.all(
      Array.from({ length: 20 }, () =>
        store.change(id, (project) => ({ ...project, name: String(Number(project.name) + 1) })),
      ),
    )
    expect((await store.read(id)).name).toBe('20')
  })

  test('refuse what the schema refuses, and stay as they were', async () => {
    const { id } = await store.create('Anna', emptySetup())
    await expect(store.change(id, (project) => ({ ...project, name: '' }))).rejects.toMatchObject({
      code: 'wrong-use',
      message: expect.stringMatching(/name/),
    })
    await expect(store.create('a\nb', emptySetup())).rejects.toMatchObject({ code: 'wrong-use' })
    expect((await store.read(id)).name).toBe('Anna')
  })

  test('count the runs that have a folder', async () => {
    const { id } = await store.create('Anna', emptySetup())
    expect(await store.runs(id)).toEqual([])
    const folder = await store.runFolder(id, 'run-1')
    expect(existsSync(folder)).toBe(false)
    mkdirSync(folder, { recursive: true })
    mkdirSync(inProject('Anna.mien', 'runs', 'No Run'))
    expect(await store.runs(id)).toEqual(['run-1'])
    expect((await store.list())[0]).toMatchObject({ runs: 1 })
  })

  test('have a thumbnail, which the list tells from the one before', async () => {
    const { id } = await store.create('Anna', emptySetup())
    expect(await store.thumbnail(id)).toBeNull()
    await store.setThumbnail(id, bytes('one'))
    const [first] = await store.list()
    await store.setThumbnail(id, bytes('three'))
    const [second] = await store.list()
    expect(first?.thumbnail).toEqual(expect.any(String))
    expect(second?.thumbnail).not.toBe(first?.thumbnail)
    expect(await store.thumbnail(id)).toEqual(Buffer.from('three'))
    await store.remove([id])
    expect(await store.thumbnail(id)).toEqual(Buffer.from('three'))
  })

  test('that are not there are told', async () => {
    for (const work of [store.open, store.read, store.thumbnail, store.runs, store.pack]) {
      await expect(work('nobody')).rejects.toMatchObject({ code: 'wrong-use' })
    }
  })
})

describe('opening', () => {
  test('takes a lock that another one sees, until it is given back', async () => {
    const { id } = await store.create('Anna', emptySetup())
    expect(await store.open(id)).toMatchObject({ damage: [], readOnly: null })
    expect(await store.open(id)).toMatchObject({ damage: [], readOnly: null })
    const other = anotherStore()
    const seen = await other.open(id)
    expect(seen.readOnly).toMatch(
      new RegExp(`open in another Mien on this machine \\(process ${process.pid}`),
    )
    await expect(other.change(id, (project) => project)).rejects.toMatchObject({ code: 'wrong-use' })
    await expect(other.remove([id])).rejects.toMatchObject({ code: 'wrong-use' })
    await store.close(id)
    expect(await other.open(id)).toMatchObject({ readOnly: null })
    await other.dispose()
    expect(readdirSync(inProject('Anna.mien')).sort()).toEqual(['inputs', 'project.json', 'runs'])
  })

  test('says what is missing and what was changed', async () => {
    const { id, pictures } = await withPicture('Anna')
    const path = inProject('Anna.mien', 'inputs', pictures[0]!.sha256)
    const content = readFileSync(path)
    writeFileSync(path, content.fill(0))
    expect((await anotherStore().open(id)).damage).toEqual([
      'The file of the picture "look.png" was changed.',
    ])
    rmSync(path)
    expect((await store.open(id)).damage).toEqual(['The file of the picture "look.png" is missing.'])
  })
})

describe('the bin', () => {
  test('keeps what was removed for 30 days, and gives it back', async () => {
    const { id } = await withPicture('Anna')
    await store.open(id)
    await store.remove([id])
    expect(await store.list()).toEqual([])
    expect(await store.bin()).toEqual([{ id, name: 'Anna', removed: clock, thumbnail: null }])
    await store.create('Anna', emptySetup())
    const [restored] = await store.restore([id])
    expect(restored).toMatchObject({ id, name: 'Anna' })
    expect(folders()).toEqual(['Anna 2.mien', 'Anna.mien'])
    expect(await store.open(id)).toMatchObject({ damage: [], readOnly: null })
    await store.remove([id])
    clock += 29 * day
    expect(await store.bin()).toHaveLength(1)
    clock += 2 * day
    expect(await store.bin()).toEqual([])
    expect(readdirSync(join(home, 'bin'))).toEqual([])
  })

  test('is emptied by hand', async () => {
    const { id } = await store.create('Anna', emptySetup())
    await store.remove([id])
    await store.purge([id])
    expect(await store.bin()).toEqual([])
    await expect(store.restore([id])).rejects.toMatchObject({ code: 'wrong-use' })
  })
})

describe('copies', () => {
  test('are whole projects of their own', async () => {
    const { id, pictures } = await withPicture('Anna')
    mkdirSync(inProject('Anna.mien', 'runs', 'run-1'), { recursive: true })
    writeFileSync(inProject('Anna.mien', 'runs', 'run-1', 'run.json'), '{}')
    const [copy] = await store.duplicate([id])
    expect(copy).toMatchObject({ name: 'Anna 2', runs: 1 })
    expect(copy?.id).not.toBe(id)
    expect(await store.readFile(copy!.id, pictures[0]!.sha256)).toEqual(Buffer.from('the picture of Anna'))
    expect(await store.open(copy!.id)).toMatchObject({ damage: [], readOnly: null })
    expect((await store.duplicate([copy!.id]))[0]).toMatchObject({ name: 'Anna 3' })
  })

  test('are copied although a run makes room among its snapshots meanwhile', async () => {
    const gone = (...parts: string[]) => {
      const file = { path: join(home, ...parts), parts, size: 1 }
      return ifStillThere(file, () => copyWholeFile(file.path, join(home, 'copy')))
    }
    expect(await gone('runs', 'run-1', 'recovery', 'keyframe-50')).toBeUndefined()
    await expect(gone('inputs', 'a'.repeat(64))).rejects.toMatchObject({ code: 'unwritable' })
  })

  test('travel as one file', async () => {
    const { id, pictures } = await withPicture('Anna')
    await store.setThumbnail(id, bytes('small'))
    await store.addFile(id, bytes('of a picture that was removed again'))
    const used = await store.addFile(id, bytes('of a picture that was removed after a run'))
    const run = await store.runFolder(id, 'run-1')
    mkdirSync(run, { recursive: true })
    writeFileSync(join(run, 'card.json'), JSON.stringify({ pictures: [{ sha256: used }] }))
    const packed = await store.pack(id)
    const summary = await store.unpack('Anna.mienz', packed)
    expect(summary).toMatchObject({ name: 'Anna 2', thumbnail: expect.any(String) })
    const { project, damage, readOnly } = await store.open(summary.id)
    expect({ damage, readOnly, pictures: project.pictures }).toEqual({ damage: [], readOnly: null, pictures })
    expect(readdirSync(inProject('Anna 2.mien', 'inputs'))).toEqual([pictures[0]!.sha256, used].sort())
  })
})
