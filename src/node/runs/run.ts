import { randomUUID } from 'node:crypto'
import { join, resolve } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import type { SpawnWorker } from '../engine/client.ts'
import { jobEventNames, type TargetImages } from '../engine/protocol.ts'
import type { Deadlines } from '../engine/silence-watch.ts'
import { exists, makeFolder, readTextIfAny, removeFile, writeFileAtomic } from '../host/files.ts'
import type { ModelFiles } from '../models/files.ts'
import { isHeld, openElsewhere, takeLock } from '../projects/project-lock.ts'
import { projectFiles } from '../projects/project-paths.ts'
import type { EndedRun, RunningRun } from './kinds/kind.ts'
import { type KeptOrder, keptOrderOf, type ProjectionOrder } from './kinds/projection/order.ts'
import { picturesOfOrder, setupOfOrder, titleOfOrder } from './kinds/projection/order-setup.ts'
import { type RunningProjection, resumeProjection, startProjection } from './kinds/projection/projection.ts'
import { failureOf, newRecord, type RunRecord, runOf } from './record/record.ts'
import { openRecord, type RecordFile, recordFile } from './record/record-file.ts'
import { runFiles } from './record/run-files.ts'
import { type RecorderNeeds, recordRun } from './recorder.ts'
import { nothingToResume } from './recovery.ts'
import type { RunEvents } from './supervisor.ts'

/** A projection and the folder of its results. */
export interface PlacedOrder extends ProjectionOrder {
  readonly folder: string
}

/**
 * Projects into a folder that belongs to no project. Where it is refused before its first step, it leaves no trace; results
 * of an earlier run stay until they are replaced.
 */
export async function startRun(
  spawn: SpawnWorker,
  { folder, ...order }: PlacedOrder,
  events: RunEvents = {},
  limits?: Deadlines,
): Promise<RunningProjection> {
  const undo = await makeFolder(folder)
  const path = join(folder, runFiles.record)
  const earlier = await readTextIfAny(path)
  const record = recordFile(folder, recordOfOrder(order))
  const start = (all: RunEvents) => startProjection(spawn, order, record, all, { ...(limits && { limits }) })
  return follow(record, events, start, true, async () => {
    record.leave()
    await record.idle()
    if (earlier === undefined) await removeFile(path)
    else await writeFileAtomic(path, earlier)
    await undo()
  })
}

/**
 * Goes on with the run in a folder, of a project or of none. Throws as `resumeProjection` does, and MienError 'wrong-use' if
 * another program has its project open.
 *
 * @param models in place of those that the record names
 */
export async function resumeRun(
  spawn: SpawnWorker,
  folder: string,
  events: RunEvents = {},
  limits?: Deadlines,
  models?: ModelFiles,
): Promise<RunningProjection> {
  const release = await holdProject(folder)
  try {
    const running = await resumeHeld(spawn, folder, events, limits, models)
    return { ...running, finished: running.finished.finally(release) }
  } catch (error) {
    await release()
    throw error
  }
}

/** Takes the lock of the project that a run belongs to, if it belongs to one; gives what gives it back. */
export async function holdProject(folder: string): Promise<() => Promise<void>> {
  const project = resolve(folder, '..', '..')
  if (!(await exists(join(project, projectFiles.manifest)))) return async () => undefined
  const lock = await takeLock(project, Date.now)
  if (!isHeld(lock)) {
    throw new MienError('wrong-use', openElsewhere(lock), { file: project, hint: 'Resume the run there.' })
  }
  return () => lock.release().catch(() => undefined)
}

async function resumeHeld(
  spawn: SpawnWorker,
  folder: string,
  events: RunEvents,
  limits: Deadlines | undefined,
  models: ModelFiles | undefined,
): Promise<RunningProjection> {
  const record = await openRecord(folder)
  if (record === undefined) {
    throw nothingToResume(folder, (await exists(folder)) ? 'holds no run' : 'does not exist')
  }
  const before = record.now
  const means = { ...(limits && { limits }), ...(models && { models }) }
  const resume = (all: RunEvents) => resumeProjection(spawn, record, all, means)
  return follow(record, events, resume, false, async () => {
    record.change(({ attempts }) => ({ ...before, attempts }))
    await record.save()
  })
}

/** The record of a run that belongs to no project. */
export function recordOfOrder(order: ProjectionOrder): RunRecord {
  const given = namedAfter(keptOrderOf(order))
  const record = newRecord({ id: randomUUID(), ...given, parent: null, batch: null }, Date.now())
  return { ...record, state: 'starting' }
}

/** The record of a run that belongs to no project, as if it had been asked for by this order, which is the same but for its paths. */
export function recordAskedBy(order: KeptOrder, record: RunRecord): RunRecord {
  const given = namedAfter(order)
  return { ...record, ...given, asked: given.setup, order }
}

function namedAfter(kept: KeptOrder): Pick<RunRecord, 'name' | 'setup' | 'pictures'> {
  return { name: titleOfOrder(kept), setup: setupOfOrder(kept), pictures: picturesOfOrder(kept) }
}

/**
 * Keeps the record and the history of a run that no queue of the studio has.
 *
 * @param withdraw undoes what was written, where no step was made
 */
export async function follow<E extends EndedRun>(
  record: RecordFile,
  events: RunEvents,
  begin: (events: RunEvents) => Promise<RunningRun<E>>,
  isNew: boolean,
  withdraw: () => Promise<void>,
): Promise<RunningRun<E>> {
  const key = { project: '', run: record.now.id }
  const recorder = await recordRun(key, record.folder, recordedAlone(record), isNew)
  let begun = false
  let targets: TargetImages | undefined
  const recorded: RunEvents = {
    ...recorder.events,
    targets(images) {
      targets = images
    },
    progress(progress) {
      if (!begun && targets !== undefined) recorder.events.targets?.(targets)
      begun = true
      recorder.events.progress?.(progress)
    },
    // Of a tuning the first one shows that the search before it is over, of which nothing is kept.
    preview(preview) {
      begun = true
      recorder.events.preview?.(preview)
    },
  }

  async function end(run: E): Promise<E> {
    // A run without its last moment is no reason to lose its results.
    await recorder.end(run.outcome).catch(() => undefined)
    record.change((now) => ({
      ...now,
      state: run.outcome.stopped ? 'stopped' : 'done',
      ...(!run.outcome.stopped && { steps: run.outcome.steps }),
    }))
    await record.save()
    return run
  }

  async function fail(error: unknown): Promise<never> {
    await recorder.end(undefined)
    // One that fell before its first step can be taken up all the same.
    if (begun || (isNew && record.now.resumable)) {
      const wasStopped = error instanceof MienError && error.code === 'stopped'
      record.change((now) => ({
        ...now,
        ...(wasStopped ? { state: 'stopped' } : { state: 'failed', failure: failureOf(error) }),
      }))
      await record.save().catch(() => undefined)
    } else await withdraw().catch(() => undefined)
    throw error
  }

  try {
    const running = await begin(toldBoth(recorded, events))
    recorder.begin(running)
    return { ...running, finished: running.finished.then(end, fail) }
  } catch (error) {
    return fail(error)
  }
}

/** What a recorder needs of a store where nobody else knows the run. */
function recordedAlone(record: RecordFile): RecorderNeeds {
  const show = () => runOf('', record.now)
  // On a disk that takes nothing the run itself fails with its next line.
  const save = () => void record.save().catch(() => undefined)
  return {
    store: {
      show,
      save,
      change(_, edit) {
        record.change(edit)
        save()
        return show()
      },
      note: (_, edit) => record.change(edit),
    },
    covers: { offer: async () => undefined },
    emit: () => undefined,
  }
}

function toldBoth(first: RunEvents, second: RunEvents): RunEvents {
  const both = jobEventNames.map((name) => [
    name,
    (data: never) => {
      first[name]?.(data)
      second[name]?.(data)
    },
  ])
  return Object.fromEntries(both)
}
