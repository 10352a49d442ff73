import { hostname } from 'node:os'
import { MienError } from '../../engine/errors.ts'
import type { SpawnWorker } from '../engine/client.ts'
import { keptEngine } from '../engine/kept-engine.ts'
import { makeFolder } from '../host/files.ts'
import { isHeld, type LockOwner, takeLock } from '../projects/project-lock.ts'
import type { RunEvents } from '../runs/supervisor.ts'
import { type BatchProgress, batchClock } from './batch-clock.ts'
import { batchFiles } from './batch-files.ts'
import { type FoundRun, foundRuns } from './found-runs.ts'
import type { Job } from './job.ts'
import { writeTable } from './report.ts'
import { type JobEnd, runJob, untouched } from './run-job.ts'
import { pageOf, writeSheet } from './sheets.ts'

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
 * Runs the jobs of a batch one after the other, in folders of its folder. Jobs that are done are kept, those that were stopped or
 * killed go on. What one job loads stays loaded for the next one of its kind. When `stopped` is told, the job under way ends with
 * what it has, and no other begins. At the end the table and the contact sheets are written, also of a batch that was stopped.
 *
 * @throws MienError 'wrong-use' before anything is started: where another batch is at the folder, or it holds other runs;
 * 'unwritable'
 */
export async function runBatch(
  spawn: SpawnWorker,
  batch: Batch,
  events: BatchEvents,
  stopped: AbortSignal,
): Promise<BatchEnd> {
  const undo = await makeFolder(batch.folder)
  try {
    const lock = await takeLock(batch.folder, Date.now, batchFiles.lock)
    if (!isHeld(lock)) throw underWay(batch.folder, lock)
    const engines = keptEngine(spawn)
    try {
      const found = await foundRuns(batch.folder, batch.jobs)
      return await runInOrder(engines, batch, found, events, stopped)
    } finally {
      engines.close()
      await lock.release().catch(() => undefined)
    }
  } finally {
    await undo()
  }
}

async function runInOrder(
  spawn: SpawnWorker,
  { folder, jobs, failFast }: Batch,
  found: readonly FoundRun[],
  events: BatchEvents,
  stopped: AbortSignal,
): Promise<BatchEnd> {
  const clock = batchClock(jobs, found)
  const ends: JobEnd[] = []
  const sheets: string[] = []
  let isOver = false
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
      ends.push(await runJob(spawn, folder, job, run, told, stopped))
      watch.end()
    }
    const end = ends[i]!
    await events.ended?.(end)
    isOver ||= failFast && end.state === 'failed'
    const page = pageOf(i)
    if (page !== pageOf(i + 1) || i === jobs.length - 1) {
      const shown = ends.filter((_, other) => pageOf(other) === page)
      // Of a batch that ends early, what did not change is left as it is.
      const isNew = !isOver || shown.some(({ run }) => run !== undefined)
      const sheet = isNew ? await writeSheet(folder, page, shown) : undefined
      if (sheet !== undefined) sheets.push(sheet)
    }
  }
  return { ends, table: await writeTable(folder, ends), sheets }
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
