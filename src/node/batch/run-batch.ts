import { hostname } from 'node:os'
import { join } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import type { SpawnWorker } from '../engine/client.ts'
import { keptEngine } from '../engine/kept-engine.ts'
import { makeFolder, readTextIfAny } from '../host/files.ts'
import { isHeld, type LockOwner, takeLock } from '../projects/project-lock.ts'
import type { RunEvents } from '../runs/supervisor.ts'
import { type BatchProgress, batchClock } from './batch-clock.ts'
import { batchFiles } from './batch-files.ts'
import { type FoundRun, foundRuns } from './found-runs.ts'
import type { Job } from './job.ts'
import { writeTable } from './report.ts'
import { type JobEnd, runJob, untouched } from './run-job.ts'
import { writeSheets } from './sheet-pages.ts'

/** Jobs whose runs become folders of one folder. */
export interface Batch {
  readonly folder: string
  readonly jobs: readonly Job[]
  /** Whether the first job that fails ends it. */
  readonly failFast: boolean
}

export interface BatchEvents {
  progress?(progress: BatchProgress): void
  /** What the run of a job tells beside its steps. */
  runEvents?(job: Job): Pick<RunEvents, 'targets' | 'notice'>
  /** Told of every job in turn: how it stands when the batch leaves it. */
  ended?(end: JobEnd): Promise<void>
}

/** What came of a batch. */
export interface BatchEnd {
  /** One for each job, in their order. */
  readonly ends: readonly JobEnd[]
  readonly table: string
  readonly sheets: readonly string[]
}

/**
 * Does the jobs of a batch that are not done, here or elsewhere; gives how each stands when the batch leaves it, in their order. When
 * `stopped` is told, no other begins.
 */
export type BatchWork = (
  batch: Batch,
  found: readonly FoundRun[],
  events: BatchEvents,
  stopped: AbortSignal,
) => Promise<readonly JobEnd[]>

/**
 * Has the jobs of a batch done, in folders of its folder. Those that are done already are kept. At the end the table and the contact
 * sheets are written, also of a batch that was stopped.
 *
 * @throws MienError 'wrong-use' before anything is started: where another batch is at the folder, or it holds other runs;
 * 'unwritable'; and what the work throws
 */
export async function runBatch(
  work: BatchWork,
  batch: Batch,
  events: BatchEvents,
  stopped: AbortSignal,
): Promise<BatchEnd> {
  const { folder, jobs } = batch
  const undo = await makeFolder(folder)
  try {
    const lock = await takeLock(folder, Date.now, batchFiles.lock)
    if (!isHeld(lock)) throw underWay(folder, lock)
    try {
      const ends = await work(batch, await foundRuns(folder, jobs), events, stopped)
      const before = await readTextIfAny(join(folder, batchFiles.table))
      const table = await writeTable(folder, ends)
      return { ends, table, sheets: await writeSheets(folder, ends, before) }
    } finally {
      await lock.release().catch(() => undefined)
    }
  } finally {
    await undo()
  }
}

/**
 * One job after the other on this machine. Those that were stopped or killed go on; what one loads stays loaded for the next one of its
 * kind. When it is stopped, the job under way ends with what it has.
 */
export function oneByOne(spawn: SpawnWorker): BatchWork {
  return async ({ folder, jobs, failFast }, found, events, stopped) => {
    const engines = keptEngine(spawn)
    const clock = batchClock(jobs, found)
    const ends: JobEnd[] = []
    let isOver = false
    try {
      for (const [i, job] of jobs.entries()) {
        const run = found[i]!
        isOver ||= stopped.aborted
        if (run.how === 'done' || isOver) ends.push(untouched(folder, job, run))
        else {
          const watch = clock.begin(i)
          const told: RunEvents = {
            ...events.runEvents?.(job),
            progress: ({ step }) => events.progress?.(watch.at(step)),
          }
          ends.push(await runJob(engines, folder, job, run, told, stopped))
          watch.end()
        }
        const end = ends[i]!
        await events.ended?.(end)
        isOver ||= failFast && end.state === 'failed'
      }
    } finally {
      engines.close()
    }
    return ends
  }
}

function underWay(folder: string, { host, pid, since }: LockOwner): MienError {
  const where = host === hostname() ? '' : ` on ${host}`
  const when = new Date(since).toISOString().slice(0, 16).replace('T', ' ')
  return new MienError(
    'wrong-use',
    `Another batch is at ${folder}${where} (process ${pid}, since ${when} UTC).`,
    { file: folder, hint: 'Wait for it, or choose another folder for the results.' },
  )
}
