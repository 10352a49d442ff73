import { MienError } from '../../engine/errors.ts'
import type { Failure } from '../../shared/failure.ts'
import type { SpawnWorker } from '../engine/client.ts'
import type { Pace } from '../engine/pace.ts'
import type { ProjectionRun, RunningProjection } from '../runs/kinds/projection/projection.ts'
import { failureOf } from '../runs/record/record.ts'
import { openRecord } from '../runs/record/record-file.ts'
import { resumeRun, startRun } from '../runs/run.ts'
import type { RunEvents } from '../runs/supervisor.ts'
import { type FoundRun, factsOf, type JobFacts } from './found-runs.ts'
import { type Job, jobFolder, orderOfJob } from './job.ts'

/** How a job stands at the end of its batch. */
export interface JobEnd {
  readonly job: Job
  /** Its folder. */
  readonly folder: string
  /** Stopped: begun, and goes on with the next start of the batch. Waiting: not begun. */
  readonly state: 'done' | 'stopped' | 'failed' | 'waiting'
  /** Of its run; null where there is none. */
  readonly facts: JobFacts | null
  /** Where it failed. */
  readonly failure: Failure | null
  /** Whether the batch did something for it, rather than leave it as it was found. */
  readonly ran: boolean
  /** How fast this machine was at it. */
  readonly pace?: Pace
}

/** A job that is left as it was found. */
export function untouched(batchFolder: string, job: Job, found: FoundRun): JobEnd {
  const folder = jobFolder(batchFolder, job)
  if (found.how === 'none') return { job, folder, state: 'waiting', facts: null, failure: null, ran: false }
  return { job, folder, state: found.how, facts: found.facts, failure: null, ran: false }
}

/** Runs a job, or lets it go on, until it ends or is stopped. Never rejects: what goes wrong is how it ended. */
export async function runJob(
  spawn: SpawnWorker,
  batchFolder: string,
  job: Job,
  found: FoundRun,
  events: RunEvents,
  stopped: AbortSignal,
): Promise<JobEnd> {
  const folder = jobFolder(batchFolder, job)
  const asFound = untouched(batchFolder, job, found)
  try {
    const running =
      found.how === 'stopped'
        ? await resumeRun(spawn, folder, events)
        : await startRun(spawn, { ...(await orderOfJob(job)), folder }, events)
    const { outcome } = await endOf(running, stopped)
    const facts = await readFacts(folder)
    const { pace } = outcome
    return {
      ...asFound,
      state: outcome.stopped ? 'stopped' : 'done',
      facts,
      ran: true,
      ...(pace && { pace }),
    }
  } catch (error) {
    // Before its first step: it is as it was.
    if (error instanceof MienError && error.code === 'stopped') return asFound
    const facts = await readFacts(folder).catch(() => null)
    return { ...asFound, state: 'failed', facts, failure: failureOf(error), ran: true }
  }
}

async function endOf(running: RunningProjection, stopped: AbortSignal): Promise<ProjectionRun> {
  const stop = () => running.stop()
  stopped.addEventListener('abort', stop)
  if (stopped.aborted) stop()
  try {
    return await running.finished
  } finally {
    stopped.removeEventListener('abort', stop)
  }
}

/** What the record in the folder of a job says; null where there is none. Throws MienError 'bad-file'. */
export async function readFacts(folder: string): Promise<JobFacts | null> {
  const record = await openRecord(folder)
  return record === undefined ? null : factsOf(record.now)
}
