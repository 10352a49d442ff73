import type { EndedRun, RunningRun } from './kinds/kind.ts'
import type { AttemptEnd } from './record/attempts.ts'
import type { RecordFile } from './record/record-file.ts'

/** Notes who works on a run, so that nobody else does. */
export async function attempted<E extends EndedRun>(
  record: RecordFile,
  begin: () => Promise<RunningRun<E>>,
): Promise<RunningRun<E>> {
  const { device: provider } = record.now.setup
  const started = { provider, pid: process.pid, started: new Date().toISOString(), from: record.now.step }
  record.change((now) => ({ ...now, attempts: [...now.attempts, started] }))
  await record.save()
  const ended = async (end: AttemptEnd) => {
    record.change((now) => ({
      ...now,
      attempts: [...now.attempts.slice(0, -1), ...now.attempts.slice(-1).map((last) => ({ ...last, end }))],
    }))
    // On a disk that takes nothing the attempt stays without an end.
    await record.save().catch(() => undefined)
  }
  const failed = async (error: unknown): Promise<never> => {
    await ended({ how: 'failed', reason: error instanceof Error ? error.message : String(error) })
    throw error
  }
  const running = await begin().catch(failed)
  const finished = running.finished.then(async (run) => {
    await ended({ how: run.outcome.stopped ? 'stopped' : 'done' })
    return run
  }, failed)
  return { ...running, finished }
}
