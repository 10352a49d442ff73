import { randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, onTestFinished } from 'vitest'
import type { SpawnWorker } from '../../src/node/engine/client.ts'
import type { JobEvents } from '../../src/node/engine/protocol.ts'
import { createProjectStore } from '../../src/node/projects/library.ts'
import { openStudio, type Studio } from '../../src/node/studio/studio.ts'
import { importModel } from '../../src/node/worker/jobs/import.ts'
import { emptySetup, referenceSearch } from '../../src/shared/default-setup.ts'
import type { EventData, EventName } from '../../src/shared/events.ts'
import type { Picture } from '../../src/shared/project.ts'
import type { Run, RunState } from '../../src/shared/run.ts'
import type { Setup } from '../../src/shared/setup.ts'
import { quickFan, temporaryFolder, tiny64, tinyPicture } from './tiny-run.ts'

/** A home with small networks and one project of its two pictures. */
export interface TinyHome {
  readonly home: string
  readonly project: string
  readonly pictures: { readonly look: string; readonly landmarks: string }
  setup(settings?: Partial<Setup['settings']>, more?: Partial<Setup>): Setup
}

/** The models are imported once for all homes of a test file. */
let models: string

beforeAll(async () => {
  models = mkdtempSync(join(tmpdir(), 'mien-models-'))
  const fixture = (name: string) => join(tiny64, name)
  for (const files of [[fixture('generator.pkl')], [quickFan], ['vgg16.pth', 'lpips.pth'].map(fixture)]) {
    await importInto(models, files)
  }
})

/** Brings a model into a library. */
export async function importInto(library: string, files: readonly string[]): Promise<void> {
  const events = new Proxy({}, { get: () => () => undefined }) as Required<JobEvents>
  await importModel({ files: [...files], library }, events)
}

afterAll(() => rmSync(models, { recursive: true, force: true }))

/** The folder of a project: its name is the next free one where the studio has added the example meanwhile. */
export function projectFolder(home: string, project: string): string {
  const folders = readdirSync(join(home, 'projects')).map((name) => join(home, 'projects', name))
  const idOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'project.json'), 'utf8')).id
  return folders.find((folder) => existsSync(join(folder, 'project.json')) && idOf(folder) === project)!
}

export async function tinyHome(home = temporaryFolder()): Promise<TinyHome> {
  cpSync(models, join(home, 'models'), { recursive: true })
  const store = createProjectStore({ folder: join(home, 'projects'), bin: join(home, 'bin') })
  const { id: project } = await store.create('Tiny', emptySetup())
  const pictures: Picture[] = []
  for (const name of ['look', 'landmarks'] as const) {
    const { bytes } = tinyPicture(name)
    const sha256 = await store.addFile(project, bytes)
    pictures.push({
      ...{ id: randomUUID(), name: `${name}.png`, sha256, bytes: bytes.length, width: 64, height: 64 },
      faces: [],
      alignment: { by: 'centre' },
    })
  }
  await store.change(project, (before) => ({ ...before, pictures }))
  await store.dispose()
  const [look, landmarks] = pictures.map(({ id }) => id) as [string, string]
  return {
    home,
    project,
    pictures: { look, landmarks },
    setup: (settings, more) => ({
      ...emptySetup({ ...referenceSearch, steps: 40, ...settings }),
      models: { generator: 'generator', landmarks: 'fan', perceptual: 'vgg16' },
      ...{ look, landmarks, device: 'cpu', ...more },
    }),
  }
}

/** What a studio told. */
export interface Told {
  readonly name: EventName
  readonly data: EventData<EventName>
}

export interface WatchedStudio extends Studio {
  readonly told: readonly Told[]
  /** All of that name, in order. */
  of<E extends EventName>(name: E): readonly EventData<E>[]
  /** Fulfilled with the run as soon as it is told to be like that. */
  until(id: string, isSo: (run: Run) => boolean): Promise<Run>
  untilState(id: string, ...states: readonly RunState[]): Promise<Run>
}

/** A studio of that home that remembers what it tells; closed after the test. */
export async function studioOf(home: string, spawn: SpawnWorker): Promise<WatchedStudio> {
  const told: Told[] = []
  const listeners = new Set<() => void>()
  const runs = new Map<string, Run>()
  const studio = await openStudio({
    ...{ home, spawn, host: 'browser' },
    uploads: { path: () => undefined, release: async () => undefined },
    emit(name, data) {
      told.push({ name, data })
      if (name === 'run') runs.set((data as Run).id, data as Run)
      for (const listener of listeners) listener()
    },
  })
  let closed: Promise<void> | undefined
  const close = () => {
    closed ??= studio.close()
    return closed
  }
  onTestFinished(close)
  const until = (id: string, isSo: (run: Run) => boolean) =>
    new Promise<Run>((resolve) => {
      const look = () => {
        const run = runs.get(id)
        if (run === undefined || !isSo(run)) return
        listeners.delete(look)
        resolve(run)
      }
      listeners.add(look)
      look()
    })
  return {
    ...studio,
    close,
    told,
    of: <E extends EventName>(name: E) =>
      told.flatMap((one) => (one.name === name ? [one.data as EventData<E>] : [])),
    until,
    untilState: (id, ...states) => until(id, ({ state }) => states.includes(state)),
  }
}
