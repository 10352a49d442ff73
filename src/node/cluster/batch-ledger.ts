import type { Failure } from '../../shared/failure.ts'
import type { FoundRun, JobFacts } from '../batch/found-runs.ts'
import { jobFolder } from '../batch/job.ts'
import type { Batch, BatchEvents } from '../batch/run-batch.ts'
import { type JobEnd, untouched } from '../batch/run-job.ts'
import { serial } from '../host/serial.ts'
import { queueClock } from './queue-clock.ts'

/** How the jobs of a batch stand, by their indices, while other machines do them. What it is told it tells on, in turn. */
export interface BatchLedger {
  /** What is heard of a job under way. */
  at(index: number, step: number): void
  /** One that was done before. */
  kept(index: number): Promise<void>
  done(index: number, facts: JobFacts): Promise<void>
  failed(index: number, failure: Failure): Promise<void>
  /** All of them, in order; those of which nothing was heard are left as they were found. */
  ends(): readonly JobEnd[]
}

export function batchLedger(
  { folder, jobs }: Batch,
  found: readonly FoundRun[],
  events: BatchEvents,
): BatchLedger {
  const clock = queueClock(jobs, found)
  const ends = new Map<number, JobEnd>()
  const inTurn = serial()
  const asFound = (i: number) => untouched(folder, jobs[i]!, found[i]!)

  function tell(): void {
    events.progress?.(clock.progress())
  }

  async function settle(i: number, end: JobEnd): Promise<void> {
    ends.set(i, end)
    await inTurn(async () => events.ended?.(end))
    tell()
  }

  return {
    at(i, step) {
      clock.at(i, step)
      tell()
    },
    kept: (i) => settle(i, asFound(i)),
    async done(i, facts) {
      clock.ended(i, 'done')
      const job = jobs[i]!
      await settle(i, { job, folder: jobFolder(folder, job), state: 'done', facts, failure: null, ran: true })
    },
    async failed(i, failure) {
      clock.ended(i, 'failed')
      await settle(i, { ...asFound(i), state: 'failed', failure, ran: true })
    },
    ends: () => jobs.map((_, i) => ends.get(i) ?? asFound(i)),
  }
}
