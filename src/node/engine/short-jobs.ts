import { MienError } from '../../engine/errors.ts'
import { serial } from '../host/serial.ts'
import type { EngineClient } from './client.ts'
import type { JobEvents, JobName, Jobs } from './protocol.ts'

/**
 * Has the engine do a job and gives its outcome. Rejects with MienError; 'stopped' where the signal came before it was
 * done, of a job that can be stopped.
 */
export type AskEngine = <J extends JobName>(
  job: J,
  parameters: Jobs[J]['parameters'],
  events?: JobEvents,
  signal?: AbortSignal,
) => Promise<Jobs[J]['outcome']>

/** One engine process for jobs that take a moment. */
export interface ShortJobs {
  readonly ask: AskEngine
  /** Ends the process; jobs that wait fail with MienError 'stopped'. */
  close(): void
}

/** How long an engine of the studio waits for more to do before it is ended. */
export const idleMilliseconds = 60_000

/**
 * Jobs are done one after the other by one process, which is started with the first, kept warm between them, ended when
 * nothing was asked of it for a minute, and replaced when it was lost or its device failed.
 */
export function shortJobs(start: () => EngineClient, idle = idleMilliseconds): ShortJobs {
  let engine: EngineClient | undefined
  let sleep: NodeJS.Timeout | undefined
  const inTurn = serial()
  let closed = false

  function end(): void {
    clearTimeout(sleep)
    engine?.close()
    engine = undefined
  }

  async function work<J extends JobName>(
    job: J,
    parameters: Jobs[J]['parameters'],
    events?: JobEvents,
    signal?: AbortSignal,
  ) {
    if (closed) throw new MienError('stopped', 'Mien is closing.')
    if (signal?.aborted) throw new MienError('stopped', 'This was stopped before it began.')
    clearTimeout(sleep)
    if (engine?.lost) end()
    engine ??= start()
    try {
      const { outcome, stop } = engine.start(job, parameters, events)
      signal?.addEventListener('abort', stop)
      return await outcome
    } catch (error) {
      // A device error poisons the process.
      if (error instanceof MienError && error.code === 'device') end()
      throw error
    } finally {
      clearTimeout(sleep)
      sleep = setTimeout(end, idle).unref()
    }
  }

  return {
    ask: (job, parameters, events, signal) => inTurn(() => work(job, parameters, events, signal)),
    close() {
      closed = true
      end()
    },
  }
}
