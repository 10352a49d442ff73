import type { QueueEvents } from 'bullmq'
import { MienError } from '../../engine/errors.ts'
import type { Failure } from '../../shared/failure.ts'
import type { FoundRun } from '../batch/found-runs.ts'
import { type Job, jobFolder } from '../batch/job.ts'
import type { Batch, BatchWork } from '../batch/run-batch.ts'
import { abreast } from '../host/abreast.ts'
import { clearLeftovers } from '../host/leftovers.ts'
import { serial } from '../host/serial.ts'
import { type KeptOrder, keptOrderWith } from '../runs/kinds/projection/order.ts'
import { failureOf } from '../runs/record/record.ts'
import type { Store } from '../store/store.ts'
import { type BatchLedger, batchLedger } from './batch-ledger.ts'
import type { QueueConnection } from './connection.ts'
import { fetchRun } from './fetched-run.ts'
import { idOfMessage, type JobMessage, sender } from './job-message.ts'
import {
  failureIn,
  type JobQueue,
  openJobQueue,
  openQueueEvents,
  progressOf,
  resultOf,
  retryJob,
} from './job-queue.ts'

/** What a batch is put into a queue with. */
export interface FollowMeans {
  readonly connection: QueueConnection
  readonly store: Store
  /** Of Mien. */
  readonly version: string
  /** Hears sentences about the queue. */
  readonly tell: (sentence: string) => void
}

/** So many jobs are put in or looked at at a time. */
const atOnce = 200

/** How often it is looked whether an event was missed, in milliseconds: the queue forgets old ones, and everything if it keeps nothing. */
const lookEvery = 5000

/** So many results are fetched side by side. */
const lanes = 4

/**
 * Has the jobs of a batch done by the workers of a queue: puts them in, follows them, and fetches what comes of them. When it is
 * stopped they stay in the queue, and who does the same again follows them again; when one fails and that is to end the batch, those
 * that nobody has begun are taken out. What failed the last time is tried again.
 */
export function onQueue(means: FollowMeans): BatchWork {
  return async (batch, found, events, stopped) => {
    const queue = openJobQueue(means.connection)
    const { heard, close } = openQueueEvents(means.connection)
    const ledger = batchLedger(batch, found, events)
    try {
      await clearLeftovers(batch.folder, 0)
      await heard.waitUntilReady()
      await follow({ ...means, queue, heard, ledger }, batch, found, stopped)
      return ledger.ends()
    } finally {
      await close()
      await queue.close()
    }
  }
}

interface Following extends FollowMeans {
  readonly queue: JobQueue
  readonly heard: QueueEvents
  readonly ledger: BatchLedger
}

/** A job whose end is waited for. */
interface Followed {
  readonly index: number
  readonly asked: KeptOrder
  /** It may still be done, if somebody has it retried. */
  failed: boolean
}

async function follow(
  { connection, store, version, tell, queue, heard, ledger }: Following,
  { folder, jobs, failFast }: Batch,
  found: readonly FoundRun[],
  stopped: AbortSignal,
): Promise<void> {
  /** By their ids in the queue. */
  const followed = new Map<string, Followed>()
  let unsettled = 0
  let isSent = false
  const over = new AbortController()
  const finish = () => over.abort()
  const send = sender(store, version)

  async function fail(index: number, failure: Failure): Promise<void> {
    await ledger.failed(index, failure)
    if (!failFast) return
    finish()
    // Those that a worker has are left to it.
    await abreast([...followed.keys()], (id) => queue.remove(id), atOnce)
  }

  async function failFollowed(one: Followed, failure: Failure): Promise<void> {
    if (one.failed) return
    one.failed = true
    unsettled -= 1
    await fail(one.index, failure)
  }

  async function done(id: string, one: Followed, result: string): Promise<void> {
    followed.delete(id)
    try {
      const facts = await fetchRun(store, result, jobFolder(folder, jobs[one.index]!), one.asked)
      await ledger.done(one.index, facts)
    } catch (error) {
      if (error instanceof MienError && error.code === 'unwritable') throw error
      await fail(one.index, failureOf(error))
    }
    if (!one.failed) unsettled -= 1
    // What is fetched is nobody's any more. Left behind, it would go by itself after some days.
    await queue.remove(id)
    await store.remove('results', result).catch(() => undefined)
  }

  /** Does what the queue says of a job. */
  async function look(id: string, isFirst = false): Promise<void> {
    const one = followed.get(id)
    if (one === undefined) return
    const job = await queue.getJob(id)
    if (job === undefined) {
      if (one.failed) return
      tell(`The queue has lost ${jobs[one.index]!.name}; it is put in again.`)
      await putIn([one.index])
    } else if (!job.finishedOn) {
      const progress = progressOf(job.progress)
      if (progress !== undefined) ledger.at(one.index, progress.step)
    } else if (job.failedReason) {
      // Somebody else may just have done so.
      if (isFirst) await retryJob(job).catch(() => undefined)
      else await failFollowed(one, failureIn(job))
    } else {
      const given = resultOf(job.returnvalue)
      if (given === undefined) await failFollowed(one, noResult)
      else await done(id, one, given.result)
    }
  }

  /** Puts jobs into the queue; those that are there already stay as they are. Gives their ids. */
  async function putIn(indices: readonly number[]): Promise<readonly string[]> {
    const messages = await abreast(indices, messageOf, 8)
    const entries = messages.flatMap((message, n) => {
      if (message === undefined) return []
      const index = indices[n]!
      const job = jobs[index]!
      const jobId = idOfMessage(message, job.name)
      if (!followed.has(jobId)) {
        followed.set(jobId, { index, asked: askedBy(job, message), failed: false })
        unsettled += 1
      }
      return [{ name: job.name, data: message, opts: { jobId } }]
    })
    await queue.addBulk(entries)
    return entries.map(({ opts }) => opts.jobId)
  }

  /** Undefined for a job that cannot be put in, and has failed. */
  async function messageOf(index: number): Promise<JobMessage | undefined> {
    try {
      return await send(jobs[index]!)
    } catch (error) {
      if (!(error instanceof MienError) || error.code !== 'unreadable-file') throw error
      // Where it is the store that is gone, no other job can be put in either.
      await store.check()
      await fail(index, failureOf(error))
      return undefined
    }
  }

  async function putAllIn(): Promise<void> {
    const toDo: number[] = []
    for (const [i, { how }] of found.entries()) {
      if (how === 'done') await ledger.kept(i)
      else toDo.push(i)
    }
    for (let from = 0; from < toDo.length && !over.signal.aborted; from += atOnce) {
      const ids = await putIn(toDo.slice(from, from + atOnce))
      await abreast(ids, (id) => look(id, true))
    }
    isSent = true
    if (unsettled === 0) return finish()
    if ((await queue.getWorkersCount()) === 0) {
      tell('No worker is at this queue yet. Start some: mien worker --queue ... --store ...')
    }
    if (await queue.isPaused()) tell('The queue is paused; "mien queue resume" lets it go on.')
  }

  const fetching = Array.from({ length: lanes }, serial)
  let broken: { readonly error: unknown } | undefined

  /** Does something about a job that was heard of, and sees whether that was the last one. */
  function about(id: string, work: (one: Followed) => Promise<void>): void {
    const one = followed.get(id)
    if (one === undefined || over.signal.aborted) return
    const worked = fetching[one.index % lanes]!(() => work(one))
    worked.then(
      () => {
        if (isSent && unsettled === 0) finish()
      },
      (error: unknown) => {
        broken ??= { error }
        finish()
      },
    )
  }

  heard.on('completed', ({ jobId }) => about(jobId, () => look(jobId)))
  heard.on('failed', ({ jobId }) => about(jobId, () => look(jobId)))
  heard.on('removed', ({ jobId, prev }) => {
    // A done one was fetched by another batch that asked for the same.
    about(jobId, (one) => (prev === 'completed' ? look(jobId) : failFollowed(one, takenOut)))
  })
  heard.on('progress', ({ jobId, data }) => {
    const one = followed.get(jobId)
    const progress = progressOf(data)
    if (one !== undefined && !one.failed && progress !== undefined) ledger.at(one.index, progress.step)
  })

  let next = 0
  const looking = setInterval(() => {
    if (!isSent || connection.redis.status !== 'ready') return
    const ids = [...followed.keys()]
    if (next >= ids.length) next = 0
    for (const id of ids.slice(next, next + atOnce)) about(id, () => look(id))
    next += atOnce
  }, lookEvery)

  const ended = new Promise<void>((resolve) => {
    over.signal.addEventListener('abort', () => resolve())
  })
  stopped.addEventListener('abort', finish)
  if (stopped.aborted) finish()
  try {
    await putAllIn()
    await ended
    await Promise.all(fetching.map((lane) => lane(() => undefined)))
  } finally {
    clearInterval(looking)
    stopped.removeEventListener('abort', finish)
  }
  if (broken !== undefined) throw broken.error
}

/** What the record of a result is to say: the order as it is here, and the pictures that were sent. */
function askedBy({ look, landmarks, order }: Job, { order: sent }: JobMessage): KeptOrder {
  return keptOrderWith(order, {
    look: { ...sent.look, name: look.path },
    landmarks: { ...sent.landmarks, name: landmarks.path },
  })
}

const noResult: Failure = {
  code: 'unexpected',
  message: 'The queue says that it is done, and not what came of it.',
  hint: null,
}

const takenOut: Failure = { code: 'stopped', message: 'It was taken out of the queue.', hint: null }
