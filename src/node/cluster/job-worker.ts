import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { UnrecoverableError, WaitingError, Worker } from 'bullmq'
import { MienError } from '../../engine/errors.ts'
import { sentencesOf } from '../../shared/failure.ts'
import { makeFolder, removeFolder } from '../host/files.ts'
import { throttle } from '../host/throttle.ts'
import { failureOf } from '../runs/record/record.ts'
import type { Store } from '../store/store.ts'
import type { QueueConnection } from './connection.ts'
import { type JobMessage, readMessage } from './job-message.ts'
import {
  type JobProgress,
  type JobResult,
  keptFor,
  nameOf,
  progressOf,
  type QueuedJob,
  queueName,
} from './job-queue.ts'
import { type MachineMeans, runMessage } from './message-run.ts'

/** A worker of a queue, and what it works with. */
export interface WorkerMeans extends MachineMeans {
  readonly connection: QueueConnection
  /** As lists of workers show it; no two share one. */
  readonly name: string
  /** Of Mien. */
  readonly version: string
  /** Where the folders of runs lie meanwhile. */
  readonly scratch: string
  /** After so many seconds without a sign of life its job is given to another worker. */
  readonly lease: number
}

export interface WorkerEvents {
  /** @param from the step after which it goes on; 0 from the beginning */
  begun?(job: string, from: number): void
  step?(job: string, step: number, steps: number): void
  /** @param reason why it failed */
  ended?(job: string, how: 'done' | 'given back' | 'failed', reason?: string): void
  /** A sentence. */
  notice?(sentence: string): void
}

/** How often the queue is told how far a job is, in milliseconds. */
const tellEvery = 2000

/** So many jobs that the device fails before one is done, and it is not because of them. */
const mostDeviceFailures = 2

/**
 * Takes jobs from a queue one by one, until it is stopped: then the one under way is given back with what there is of it. What is
 * wrong with this machine, rather than with a job, ends it too, and the job is another worker's.
 *
 * @throws MienError 'wrong-use' for jobs of another version or store; 'unwritable', 'unreadable-file', 'device'
 */
export async function workOnQueue(
  means: WorkerMeans,
  events: WorkerEvents,
  stopped: AbortSignal,
): Promise<void> {
  const { store, name, scratch } = means
  const fault = new AbortController()
  const ending = AbortSignal.any([stopped, fault.signal])
  /** Jobs with which the device has failed since one was done. */
  const failedOn = new Set<unknown>()

  // BullMQ gives the signal to functions of three parameters only.
  async function work(job: QueuedJob, token?: string, lost?: AbortSignal): Promise<JobResult> {
    const message = readMessage(job.data)
    if (message === undefined) return fail(job, new MienError('bad-file', 'It is no job of Mien.'))
    const misfit = misfitOf(message, means)
    if (misfit !== undefined) {
      fault.abort(misfit)
      return giveBack(job, token)
    }
    try {
      const result = await run(job, message, lost ?? neverLost)
      failedOn.clear()
      events.ended?.(nameOf(job), 'done')
      return { result }
    } catch (error) {
      if (lost?.aborted) {
        events.notice?.(
          `${nameOf(job)} was given to another worker: the queue did not hear of this one for too long.`,
        )
        throw new WaitingError()
      }
      if (isDevice(error)) failedOn.add(job.id)
      if (failedOn.size === mostDeviceFailures || (await isOfMachine(error, store))) fault.abort(error)
      return ending.aborted ? giveBack(job, token) : fail(job, error)
    }
  }

  async function run(job: QueuedJob, message: JobMessage, lost: AbortSignal): Promise<string> {
    const { state, step: from } = progressOf(job.progress) ?? {}
    let progress: JobProgress = { worker: name, step: 0, ...(state && { state, step: from! }) }
    const tell = async (more: Partial<JobProgress>) => {
      progress = { ...progress, ...more }
      // What another worker says now is not written over.
      if (!lost.aborted) await job.updateProgress(progress)
    }
    const steps = throttle(tellEvery, () => void tell({}).catch(() => undefined))
    const folder = join(scratch, randomUUID())
    await makeFolder(folder)
    events.begun?.(nameOf(job), progress.step)
    try {
      await tell({})
      const tellState = (kept: string) => tell({ state: kept })
      const told = {
        notice: (sentence: string) => events.notice?.(`${nameOf(job)}: ${sentence}`),
        progress({ step }: { readonly step: number }) {
          progress = { ...progress, step }
          steps.call()
          events.step?.(nameOf(job), step, message.order.settings.steps)
        },
      }
      return await runMessage(means, { message, folder, state, tellState }, told, ending, lost)
    } finally {
      steps.flush()
      await removeFolder(folder)
    }
  }

  async function giveBack(job: QueuedJob, token: string | undefined): Promise<never> {
    // From now on nothing is taken here: it is another worker that gets it.
    await worker.pause(true)
    await job.moveToWait(token)
    events.ended?.(nameOf(job), 'given back')
    throw new WaitingError()
  }

  async function fail(job: QueuedJob, error: unknown): Promise<never> {
    const failure = failureOf(error)
    const reason = sentencesOf(failure)
    await job.updateProgress({ worker: name, step: 0, ...progressOf(job.progress), failure })
    events.ended?.(nameOf(job), 'failed', reason)
    // What is no refusal may go well another time.
    throw failure.code === 'unexpected' || isDevice(error)
      ? new Error(reason)
      : new UnrecoverableError(reason)
  }

  const worker = new Worker<JobMessage, JobResult>(queueName, work, {
    connection: means.connection.redis,
    name,
    lockDuration: means.lease * 1000,
    stalledInterval: means.lease * 500,
    // The second worker that ends with a job in its hands is the last one.
    maxStalledCount: 1,
    removeOnComplete: { age: keptFor.done },
    removeOnFail: { age: keptFor.failed },
  })
  // The connection tells its own outages.
  worker.on('error', () => undefined)
  worker.on('lockRenewalFailed', (jobs) => jobs.forEach((id) => void worker.cancelJob(id)))
  await new Promise<void>((resolve) => {
    ending.addEventListener('abort', () => resolve())
    if (ending.aborted) resolve()
  })
  await worker.close()
  if (fault.signal.aborted) throw fault.signal.reason
}

const neverLost = new AbortController().signal

/** What others can do and this worker cannot. */
function misfitOf(message: JobMessage, { version, store }: WorkerMeans): MienError | undefined {
  if (message.version !== version) {
    return new MienError(
      'wrong-use',
      `The jobs of this queue are of Mien ${message.version}; this worker is of ${version}.`,
      { hint: 'Have the same version on all machines: others might end on other bits.' },
    )
  }
  if (message.store !== store.id) {
    return new MienError('wrong-use', 'The jobs of this queue lie in another store than this worker has.', {
      hint: 'Give --store the folder that "mien batch --store" was given, as this machine sees it.',
    })
  }
  return undefined
}

function isDevice(error: unknown): boolean {
  return error instanceof MienError && error.code === 'device'
}

/** Whether it is this machine that is to blame, and not the job: a disk that is full, a store that is gone. */
async function isOfMachine(error: unknown, store: Store): Promise<boolean> {
  if (!(error instanceof MienError)) return false
  if (error.code === 'unwritable') return true
  if (error.code !== 'unreadable-file') return false
  return store.check().then(
    () => false,
    () => true,
  )
}
