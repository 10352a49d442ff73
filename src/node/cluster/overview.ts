import type { JobType } from 'bullmq'
import { MienError } from '../../engine/errors.ts'
import type { ClusterAction, ClusterJob, ClusterState } from '../../shared/cluster.ts'
import { abreast } from '../host/abreast.ts'
import type { QueueConnection } from './connection.ts'
import { readMessage } from './job-message.ts'
import { failureIn, type JobQueue, nameOf, progressOf, type QueuedJob, retryJob } from './job-queue.ts'

/** So many jobs of a kind are listed, the first ones. */
const mostListed = 100

/** So many are changed side by side, and read at a time. */
const atOnce = 500

/** What a queue holds, and who works on it. */
export async function overviewOf(queue: JobQueue, { address }: QueueConnection): Promise<ClusterState> {
  const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed')
  const workers = await queue.getWorkers()
  const listed = async (type: JobType) => (await jobsIn(queue, type, 0, mostListed)).map(shownJob)
  const { waiting = 0, active = 0, delayed = 0, completed = 0, failed = 0 } = counts
  return {
    address,
    paused: await queue.isPaused(),
    counts: { waiting: waiting + delayed, running: active, done: completed, failed },
    workers: [...new Set(workers.map(({ rawname }) => workerName(rawname)))].sort(),
    running: await listed('active'),
    failed: await listed('failed'),
    waiting: await listed('waiting'),
  }
}

/**
 * Does something with the jobs that are named, by id or name, or with all of which it can be done: retry those that failed, remove what
 * waits or failed. Pause: no more is begun; drain: what waits is taken out. Gives how many jobs it was done with, null for a pause and
 * its end.
 *
 * @throws MienError 'wrong-use' for a job that is not there, or with which it cannot be done
 */
export async function actOn(
  queue: JobQueue,
  action: ClusterAction,
  named: readonly string[] = [],
): Promise<number | null> {
  if (action === 'pause' || action === 'resume') {
    await queue[action]()
    return null
  }
  const types = typesFor[action]
  const jobs = named.length === 0 ? await allIn(queue, types) : await jobsNamed(queue, types, named)
  // Somebody else may have been there first.
  const act = (job: QueuedJob) => (action === 'retry' ? retryJob(job) : job.remove()).catch(() => undefined)
  await abreast(jobs, act, atOnce)
  return jobs.length
}

const typesFor = {
  retry: ['failed'],
  remove: ['waiting', 'delayed', 'failed'],
  drain: ['waiting', 'delayed'],
} as const satisfies Readonly<Record<string, readonly JobType[]>>

async function jobsIn(
  queue: JobQueue,
  type: JobType,
  from: number,
  most: number,
): Promise<readonly QueuedJob[]> {
  const found: readonly (QueuedJob | undefined)[] = await queue.getJobs(type, from, from + most - 1, true)
  // Of one that went meanwhile there is nothing left.
  return found.filter((job) => job?.id !== undefined) as readonly QueuedJob[]
}

async function allIn(queue: JobQueue, types: readonly JobType[]): Promise<readonly QueuedJob[]> {
  const all: QueuedJob[] = []
  for (const type of types) {
    for (let from = 0; ; from += atOnce) {
      const page = await jobsIn(queue, type, from, atOnce)
      all.push(...page)
      if (page.length < atOnce) break
    }
  }
  return all
}

async function jobsNamed(
  queue: JobQueue,
  types: readonly JobType[],
  named: readonly string[],
): Promise<readonly QueuedJob[]> {
  const candidates = await allIn(queue, types)
  const found = named.map((name) => candidates.filter((job) => job.id === name || job.name === name))
  const missing = named.filter((_, i) => found[i]!.length === 0)
  if (missing.length === 0) return [...new Set(found.flat())]
  throw new MienError(
    'wrong-use',
    `No such job ${types.includes('waiting') ? 'waits or failed' : 'failed'}: ${missing.join(', ')}.`,
    {
      hint: '"mien queue" lists the jobs.',
    },
  )
}

function shownJob(job: QueuedJob): ClusterJob {
  const progress = progressOf(job.progress)
  return {
    id: job.id!,
    name: nameOf(job),
    worker: progress?.worker ?? null,
    step: progress?.step ?? 0,
    steps: readMessage(job.data)?.order.settings.steps ?? null,
    failure: job.failedReason ? failureIn(job) : null,
  }
}

/** Redis knows the connection of a worker as `bull:<queue in base64>:w:<name>`. */
function workerName(connection: string | undefined): string {
  return connection?.split(':w:').slice(1).join(':w:') || 'unnamed'
}
