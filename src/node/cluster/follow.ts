import { QueueEvents } from 'bullmq'
import { MienError } from '../../engine/errors.ts'
import type { Failure } from '../../shared/failure.ts'
import { type Job, jobFolder } from '../batch/job.ts'
import type { BatchWork } from '../batch/run-batch.ts'
import { type JobEnd, untouched } from '../batch/run-job.ts'
import { abreast } from '../host/abreast.ts'
import { clearLeftovers } from '../host/leftovers.ts'
import { serial } from '../host/serial.ts'
import { type KeptOrder, keptOrderWith } from '../runs/kinds/projection/order.ts'
import { failureOf } from '../runs/record/record.ts'
import type { Store } from '../store/store.ts'
import type { QueueConnection } from './connection.ts'
import { fetchRun } from './fetched-run.ts'
import { idOfMessage, type JobMessage, sender } from './job-message.ts'
import {
  failureIn,
  openJobQueue,
  progressOf,
  type QueuedJob,
  queueName,
  resultOf,
  retryJob,
} from './job-queue.ts'
import { queueClock } from './queue-clock.ts'

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

/** How often it is looked whether an event was missed, in milliseconds: the queue forgets events, and jobs if it keeps nothing. */
const lookEvery = 5000

/** So many results are fetched side by side. */
const lanes = 4

/** A job whose end is waited for. */
interface Followed {
  readonly index: number
  readonly asked: KeptOrder
  /** It may still be done, if somebody has it retried. */
  failed: boolean
}

/**
 * Has the jobs of a batch done by the workers of a queue: puts them in, follows them, and fetches what comes of them. When it is
 * stopped they stay in the queue, and who does the same again follows them again; with `failFast` those that nobody has begun are taken
 * out. What failed the last time is tried again.
 */
export function onQueue(means: FollowMeans): BatchWork {
  return async (batch, found, events, stopped) => {
    const { connection, store, version, tell } = means
    const { folder, jobs, failFast } = batch
    const queue = openJobQueue(connection)
    const listening = connection.redis.duplicate()
    listening.on('error', () => undefined)
    const heard = new QueueEvents(queueName, { connection: listening })
    heard.on('error', () => undefined)

    const clock = queueClock(jobs, found)
    const ends: (JobEnd | undefined)[] = jobs.map(() => undefined)
    const followed = new Map<string, Followed>()
    const fetching = Array.from({ length: lanes }, serial)
    const inTurn = serial()
    let unsettled = 0
    let isSent = false
    let isOver = false
    let finish: () => void = () => undefined
    let abort: (error: unknown) => void = () => undefined
    const over = new Promise<void>((resolve, reject) => {
      finish = () => {
        isOver = true
        resolve()
      }
      abort = reject
    })
    const finishIfOver = () => {
      if (isSent && unsettled === 0) finish()
    }
    stopped.addEventListener('abort', finish)
    if (stopped.aborted) finish()

    async function settle(index: number, end: JobEnd): Promise<void> {
      ends[index] = end
      await inTurn(async () => events.ended?.(end))
    }

    async function fail(index: number, failure: Failure): Promise<void> {
      const job = jobs[index]!
      clock.ended(index, 'failed')
      await settle(index, { ...untouched(folder, job, found[index]!), state: 'failed', failure, ran: true })
      if (!failFast) return
      finish()
      await takeOut()
    }

    async function takeOut(): Promise<void> {
      // Those that a worker has are left to it.
      await abreast([...followed.keys()], (id) => queue.remove(id), atOnce)
    }

    async function failFollowed(one: Followed, failure: Failure): Promise<void> {
      if (one.failed) return
      one.failed = true
      unsettled -= 1
      await fail(one.index, failure)
    }

    async function done(id: string, result: string): Promise<void> {
      const one = followed.get(id)
      if (one === undefined) return
      followed.delete(id)
      const job = jobs[one.index]!
      const place = jobFolder(folder, job)
      try {
        const facts = await fetchRun(store, result, place, one.asked)
        clock.ended(one.index, 'done')
        await settle(one.index, { job, folder: place, state: 'done', facts, failure: null, ran: true })
      } catch (error) {
        if (error instanceof MienError && error.code === 'unwritable') throw error
        await fail(one.index, failureOf(error))
      }
      if (!one.failed) unsettled -= 1
      // What is fetched is nobody's any more. Left behind, it would go by itself after some days.
      await queue.remove(id)
      await store.remove('results', result).catch(() => undefined)
    }

    /** What became of a job, from the queue itself. */
    async function look(id: string, isFirst = false): Promise<void> {
      const job = (await queue.getJob(id)) as QueuedJob | undefined
      const one = followed.get(id)
      if (one === undefined || (one.failed && !job?.returnvalue)) return
      if (job === undefined) {
        tell(`The queue has lost ${jobs[one.index]!.name}; it is put in again.`)
        await add([one.index])
      } else if (!job.finishedOn) {
        const progress = progressOf(job.progress)
        if (progress !== undefined) clock.at(one.index, progress.step)
      } else if (!job.failedReason) {
        const { result } = resultOf(job.returnvalue) ?? {}
        if (result === undefined) await failFollowed(one, noResult)
        else await done(id, result)
      } else if (isFirst) await retryJob(job)
      else await failFollowed(one, failureIn(job))
    }

    const send = sender(store, version)

    /** Puts jobs into the queue; those that are there already stay as they are. Gives their ids. */
    async function add(indices: readonly number[]): Promise<readonly string[]> {
      const messages = await abreast(indices, (i) => messageOf(i), 8)
      const sent = messages.flatMap((message, n) =>
        message === undefined ? [] : [{ message, index: indices[n]! }],
      )
      const entries = sent.map(({ message, index }) => {
        const job = jobs[index]!
        const id = idOfMessage(message, job.name)
        if (!followed.has(id)) {
          followed.set(id, { index, asked: askedBy(job, message), failed: false })
          unsettled += 1
        }
        return { name: job.name, data: message, opts: { jobId: id } }
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
        await store.check()
        await fail(index, failureOf(error))
        return undefined
      }
    }

    async function sendAll(): Promise<void> {
      const toDo: number[] = []
      for (const [i, run] of found.entries()) {
        if (run.how === 'done') await settle(i, untouched(folder, jobs[i]!, run))
        else toDo.push(i)
      }
      for (let from = 0; from < toDo.length && !isOver; from += atOnce) {
        const ids = await add(toDo.slice(from, from + atOnce))
        await abreast(ids, (id) => look(id, true))
        events.progress?.(clock.progress())
      }
      isSent = true
      finishIfOver()
      if (unsettled === 0) return
      if ((await queue.getWorkersCount()) === 0) {
        tell('No worker is at this queue yet. Start some: mien worker --queue ... --store ...')
      } else if (await queue.isPaused()) {
        tell('The queue is paused; "mien queue resume" lets it go on.')
      }
    }

    /** Does something about a job that was heard of, and sees whether that was the last one. */
    function about(id: string, work: (one: Followed) => Promise<void>): void {
      const one = followed.get(id)
      if (one === undefined || isOver) return
      fetching[one.index % lanes]!(() => work(one)).then(() => {
        events.progress?.(clock.progress())
        finishIfOver()
      }, abort)
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
      if (one === undefined || one.failed || progress === undefined) return
      clock.at(one.index, progress.step)
      events.progress?.(clock.progress())
    })

    let next = 0
    const timer = setInterval(() => {
      if (!isSent || connection.redis.status !== 'ready') return
      const ids = [...followed.keys()]
      if (next >= ids.length) next = 0
      for (const id of ids.slice(next, next + atOnce)) about(id, () => look(id))
      next += atOnce
    }, lookEvery)

    try {
      await clearLeftovers(folder, 0)
      await heard.waitUntilReady()
      const sending = sendAll()
      await Promise.race([over, sending.then(() => over)])
      await sending
      await Promise.all(fetching.map((lane) => lane(() => undefined)))
    } finally {
      clearInterval(timer)
      stopped.removeEventListener('abort', finish)
      await heard.close()
      listening.disconnect()
      await queue.close()
    }
    return jobs.map((job, i) => ends[i] ?? untouched(folder, job, found[i]!))
  }
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
