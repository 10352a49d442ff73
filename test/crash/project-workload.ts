import { expect } from 'vitest'
import { sha256 } from '../../src/node/host/sha256.ts'
import { createProjectStore } from '../../src/node/projects/library.ts'
import type { ProjectStore } from '../../src/node/projects/project-store.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { Picture } from '../../src/shared/project.ts'

/** What a project is to be. */
interface Known {
  readonly where: 'library' | 'bin' | 'gone'
  readonly name: string
  /** The content of its pictures. */
  readonly pictures: readonly string[]
  readonly thumbnail: string | null
}

/** By id, what may be found: one thing once it was acknowledged, two while a change is under way. */
export type Expected = ReadonlyMap<string, readonly Known[]>

export interface Workload {
  readonly expected: Expected
  /** Does something to the projects; rejects if that failed. */
  step(): Promise<void>
}

const place = { folder: '/home/projects', bin: '/home/bin' }
const hour = 60 * 60 * 1000

/** A store on the disk that is in place. */
export function storeOnDisk(): ProjectStore {
  return createProjectStore(place)
}

/** Random work on a library. */
export function createWorkload(store: ProjectStore, random: () => number): Workload {
  const expected = new Map<string, readonly Known[]>()
  let serial = 0
  const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(random() * list.length)]
  const thoseIn = (where: Known['where']) => [...expected].filter(([, [known]]) => known?.where === where)

  async function become(id: string, change: Partial<Known>, work: () => Promise<unknown>): Promise<void> {
    const before = expected.get(id)!
    const after = { ...before.at(-1)!, ...change }
    expected.set(id, [...before, after])
    await work()
    expected.set(id, [after])
  }

  async function create(): Promise<void> {
    const name = `Project ${++serial}`
    const { id } = await store.create(name, emptySetup())
    expected.set(id, [{ where: 'library', name, pictures: [], thumbnail: null }])
  }

  const changes: readonly (() => Promise<void>)[] = [
    create,
    ...onOne('library', (id) => {
      const name = `Renamed ${++serial}`
      return become(id, { name }, () => store.change(id, (project) => ({ ...project, name })))
    }),
    ...onOne('library', (id, { pictures }) => {
      const content = `picture ${++serial} ${'x'.repeat(300)}`
      return become(id, { pictures: [...pictures, content] }, async () => {
        const hash = await store.addFile(id, Buffer.from(content))
        await store.change(id, (project) => ({
          ...project,
          pictures: [...project.pictures, pictureOf(hash, content.length)],
        }))
      })
    }),
    ...onOne('library', (id) => {
      const thumbnail = `thumbnail ${++serial} ${'y'.repeat(300)}`
      return become(id, { thumbnail }, () => store.setThumbnail(id, Buffer.from(thumbnail)))
    }),
    ...onOne('library', async (id) => void (await store.open(id))),
    ...onOne('library', (id) => store.close(id)),
    ...onOne('library', async (id, known) => {
      const [copy] = await store.duplicate([id])
      expected.set(copy!.id, [{ ...known, name: copy!.name }])
    }),
    ...onOne('library', (id) => become(id, { where: 'bin' }, () => store.remove([id]))),
    ...onOne('bin', (id) => become(id, { where: 'library' }, () => store.restore([id]))),
    ...onOne('bin', (id) => become(id, { where: 'gone' }, () => store.purge([id]))),
  ]

  function onOne(where: Known['where'], work: (id: string, known: Known) => Promise<void>) {
    return [
      async () => {
        const [id, known] = pick(thoseIn(where)) ?? []
        return id === undefined ? create() : work(id, known![0]!)
      },
    ]
  }

  return { expected, step: () => pick(changes)!() }
}

function pictureOf(hash: string, bytes: number): Picture {
  const size = { bytes, width: 1, height: 1 }
  return {
    id: hash.slice(0, 20),
    name: 'x.png',
    sha256: hash,
    ...size,
    faces: [],
    alignment: { by: 'centre' },
  }
}

/**
 * Opens the library as the next start of Mien would: every project must be where and what it is expected to be, whole,
 * and take changes again. More projects than expected may be there, if they are whole.
 */
export async function verify(expected: Expected): Promise<void> {
  // An hour later, so that the locks of before were not renewed for long.
  const store = createProjectStore({ ...place, now: () => Date.now() + hour })
  const library = await store.list()
  expect(library.filter(({ trouble }) => trouble !== undefined)).toEqual([])
  const binned = new Map((await store.bin()).map((project) => [project.id, project]))
  for (const [id, allowed] of expected) {
    const inLibrary = library.some((project) => project.id === id)
    const where = inLibrary ? 'library' : binned.has(id) ? 'bin' : 'gone'
    expect(allowed.map((known) => known.where)).toContain(where)
    expect(inLibrary && binned.has(id)).toBe(false)
    if (!inLibrary) continue
    const { project, damage, readOnly } = await store.open(id)
    expect({ damage, readOnly }).toEqual({ damage: [], readOnly: null })
    const pictures: string[] = []
    for (const picture of project.pictures) {
      const bytes = await store.readFile(id, picture.sha256)
      expect(sha256(bytes)).toBe(picture.sha256)
      pictures.push(Buffer.from(bytes).toString())
    }
    const bytes = await store.thumbnail(id)
    const thumbnail = bytes && Buffer.from(bytes).toString()
    const found = { where, name: project.name, pictures, thumbnail }
    expect(allowed).toContainEqual(found)
    await store.change(id, (now) => ({ ...now, name: `${now.name} again` }))
  }
  await store.dispose()
  const later = createProjectStore({ ...place, now: () => Date.now() + 2 * hour })
  for (const { id, name } of library) {
    const now = await later.read(id)
    expect(now.name).toBe(expected.has(id) ? `${name} again` : name)
  }
}
