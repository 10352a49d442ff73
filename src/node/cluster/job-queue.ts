import { type Job, Queue, QueueEvents, type QueueOptions } from 'bullmq'
import * as v from 'valibot'
import { count, sha256 } from '../../engine/fields.ts'
import type { Failure } from '../../shared/failure.ts'
import type { QueueConnection } from './connection.ts'
import type { JobMessage } from './job-message.ts'

/** Among other queues on one server. */
export const queueName = 'mien'

/** Whoever has the password can write anything there: nothing of it moves the cursor of a terminal, or fills it. */
function plainText(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, ' ').slice(0, 1000)
}
const plain = v.pipe(v.string(), v.transform(plainText))

/** How far a job is; kept in the queue, for who follows it and for the worker that goes on with it. */
const jobProgress = v.object({
  worker: plain,
  step: count,
  /** The hash of the packed run in the store from which another worker can go on. */
  state: v.exactOptional(sha256),
  /** Why it failed, where it did. */
  failure: v.exactOptional(v.object({ code: plain, message: plain, hint: v.nullable(plain) })),
})
export type JobProgress = Readonly<v.InferOutput<typeof jobProgress>>

/** What is left in the queue of a job that is done: the hash of its packed run. */
const jobResult = v.object({ result: sha256 })
export type JobResult = Readonly<v.InferOutput<typeof jobResult>>

export type QueuedJob = Job<JobMessage, JobResult>
export type JobQueue = Queue<JobMessage, JobResult>

const day = 24 * 3600

/**
 * How long what is over is kept for who asks for it, in seconds. Whoever follows a batch takes the done ones out as soon as their
 * results are fetched.
 */
export const keptFor = { done: 7 * day, failed: 30 * day } as const

const options: Omit<QueueOptions, 'connection'> = {
  defaultJobOptions: {
    // For what is no refusal: a device that went away, a defect.
    attempts: 2,
    backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
    stackTraceLimit: 0,
  },
}

export function openJobQueue({ redis }: QueueConnection): JobQueue {
  const queue: JobQueue = new Queue(queueName, { ...options, connection: redis })
  // The connection tells its own outages.
  queue.on('error', () => undefined)
  return queue
}

/** What happens in a queue from now on, over a connection of its own: listening blocks it. */
export function openQueueEvents({ redis }: QueueConnection): {
  readonly heard: QueueEvents
  readonly close: () => Promise<void>
} {
  const listening = redis.duplicate()
  listening.on('error', () => undefined)
  const heard = new QueueEvents(queueName, { connection: listening })
  heard.on('error', () => undefined)
  return {
    heard,
    async close() {
      await heard.close()
      listening.disconnect()
    },
  }
}

/** What a worker said of a job; undefined where none has. */
export function progressOf(said: unknown): JobProgress | undefined {
  const parsed = v.safeParse(jobProgress, said)
  return parsed.success ? parsed.output : undefined
}

/** What a worker gave for a job; undefined for what is none. */
export function resultOf(given: unknown): JobResult | undefined {
  const parsed = v.safeParse(jobResult, given)
  return parsed.success ? parsed.output : undefined
}

/** As the job is called where people read it. */
export function nameOf({ name }: Pick<QueuedJob, 'name'>): string {
  return plainText(name)
}

/** Why a job failed. */
export function failureIn({ failedReason, progress }: QueuedJob): Failure {
  // BullMQ's sentence for a job whose lease ran out twice.
  if (/stalled more than/.test(failedReason)) return setAside
  return progressOf(progress)?.failure ?? { code: 'unexpected', message: plainText(failedReason), hint: null }
}

const setAside: Failure = {
  code: 'device',
  message: 'Two workers gave no sign of life any more while they were at it, so it was put aside.',
  hint: '"mien queue retry" gives it another chance.',
}

/** Lets a job that failed wait for a worker again. */
export async function retryJob(job: QueuedJob): Promise<void> {
  await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true })
}
