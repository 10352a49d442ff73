import { MienError } from '../../engine/errors.ts'
import type { ProviderChoice } from '../../shared/settings.ts'
import type { SpawnWorker } from '../engine/client.ts'
import { keptOrderOf, type ProjectionOrder } from '../runs/kinds/projection/order.ts'
import type { RunningProjection } from '../runs/kinds/projection/projection.ts'
import { keepPictures, largestPicture } from '../runs/record/pictures.ts'
import { openRecord } from '../runs/record/record-file.ts'
import { hasRecovery } from '../runs/recovery.ts'
import { resumeRun, startRun } from '../runs/run.ts'
import type { RunEvents } from '../runs/supervisor.ts'
import type { Store } from '../store/store.ts'
import { type JobMessage, localFiles } from './job-message.ts'
import { largestRun, packRun, unpackRun } from './packed-run.ts'
import { stateKeeper } from './state-keeper.ts'

/** What a machine runs jobs with. */
export interface MachineMeans {
  readonly spawn: SpawnWorker
  readonly store: Store
  /** The path of a model on this machine, by its hash. */
  readonly locate: (sha256: string) => Promise<string>
  /** In place of what the job asks for. */
  readonly execution: { readonly provider?: ProviderChoice; readonly threads?: number }
}

/** A job on this machine. */
export interface MessageRun {
  readonly message: JobMessage
  /** Empty; for its run. */
  readonly folder: string
  /** The packed run in the store from which it goes on, if another machine left one. */
  readonly state: string | undefined
  /** Told of each state that is kept, and waited for before the one before it is removed. */
  readonly tellState: (state: string) => Promise<void>
}

/**
 * Runs what a message asks for; gives the hash of the packed run in the store. When `ending` is told it stops, keeps how far it is,
 * and fails with MienError 'stopped'; when `lost` is told it keeps nothing. Throws as `startRun` and `resumeRun` do, MienError
 * 'mismatch' for what the store lacks, and as the store does.
 */
export async function runMessage(
  means: MachineMeans,
  { message, folder, state, tellState }: MessageRun,
  events: RunEvents,
  ending: AbortSignal,
  lost: AbortSignal,
): Promise<string> {
  const { store } = means
  const keeper = stateKeeper(store, folder, state, tellState)
  const either = AbortSignal.any([ending, lost])
  try {
    const running = await begin(means, message, folder, state, events)
    const stop = () => running.stop()
    either.addEventListener('abort', stop)
    if (either.aborted) stop()
    const { outcome } = await running.finished
    if (outcome.stopped) {
      if (!lost.aborted) await keeper.keep()
      throw new MienError('stopped', 'Stopped.')
    }
    const result = await store.put('results', await packRun(folder))
    const last = await keeper.end()
    // What is left behind takes room and does no harm.
    if (last !== undefined) await store.remove('states', last).catch(() => undefined)
    return result
  } finally {
    await keeper.end()
  }
}

async function begin(
  { spawn, store, locate, execution }: MachineMeans,
  { order: asked }: JobMessage,
  folder: string,
  state: string | undefined,
  events: RunEvents,
): Promise<RunningProjection> {
  const order: ProjectionOrder = {
    ...asked,
    ...execution,
    files: await localFiles(asked.files, locate),
    look: await pictureOf(store, asked.look),
    landmarks: await pictureOf(store, asked.landmarks),
  }
  const goesOn = state !== undefined && (await takeUp(store, state, order, folder))
  return goesOn ? resumeRun(spawn, folder, events) : startRun(spawn, { ...order, folder }, events)
}

async function pictureOf(
  store: Store,
  { name, sha256, alignment }: JobMessage['order']['look'],
): Promise<ProjectionOrder['look']> {
  return { name, bytes: await store.read('inputs', sha256, largestPicture), alignment }
}

/** Lays a packed run into a folder so that it goes on here; false for one that is not there any more or cannot go on. */
async function takeUp(store: Store, state: string, order: ProjectionOrder, folder: string): Promise<boolean> {
  try {
    await unpackRun(state, await store.read('states', state, largestRun), folder)
  } catch (error) {
    if (error instanceof MienError && error.code === 'mismatch') return false
    throw error
  }
  const record = await openRecord(folder)
  if (record === undefined || record.now.kind !== 'projection') return false
  // Who worked on it before is the queue's to count, and the number of that process means nothing here.
  record.change((now) => ({ ...now, order: keptOrderOf(order), attempts: [] }))
  await record.save()
  await keepPictures(folder, [order.look, order.landmarks])
  return hasRecovery(record)
}
