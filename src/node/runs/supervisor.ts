import { MienError } from '../../engine/errors.ts'
import { type EngineClient, type RunningJob, type SpawnWorker, startEngine } from '../engine/client.ts'
import type { SearchExecution } from '../engine/execution.ts'
import type { JobEvents, ProjectOutcome, ProjectParameters, Steer } from '../engine/protocol.ts'
import { type Deadlines, deadlines } from '../engine/silence-watch.ts'
import { nextAttempt } from './record/attempts.ts'
import type { Recovery } from './recovery.ts'

/** What is told of a run: what its engine tells, and in notices also what became of the engine. */
export type RunEvents = JobEvents

/** A projection that outlives its engine. */
export interface SupervisedRun {
  readonly outcome: Promise<ProjectOutcome>
  /** Ends the search with what it has. */
  stop(): void
  pause(): void
  resume(): void
  /** Asks for a change of a live run; what was not answered when an engine ends is asked of the next one. */
  steer(steer: Steer): void
  /** Asks for a preview of the next step. */
  show(): void
  /** Ends everything with this error. */
  abandon(error: unknown): void
}

/**
 * Runs a projection in an engine process, and in another one when that crashes, hangs or loses its device: from the
 * last snapshot once more, then on the processor. The outcome rejects with MienError 'device' once the run is put
 * aside, and with what the engine refuses or the disk does not take.
 */
export function supervise(
  spawn: SpawnWorker,
  parameters: ProjectParameters,
  recovery: Recovery,
  events: RunEvents,
  limits: Deadlines = deadlines,
): SupervisedRun {
  let engine: EngineClient | undefined
  let job: RunningJob<'project'> | undefined
  let fatal: { readonly error: unknown } | undefined
  let stopping = false
  let pausing = false
  /** Asked for and not made yet; an engine that ends takes them with it. */
  let asked: readonly Steer[] = []

  function abandon(error: unknown): void {
    fatal ??= { error }
    engine?.close()
  }

  function throwIfAbandoned(): void {
    if (fatal !== undefined) throw fatal.error
  }

  function write(work: Promise<unknown>): void {
    work.catch(abandon)
  }

  function answered(asks: readonly string[]): void {
    asked = asked.filter(({ ask }) => !asks.includes(ask))
  }

  async function attempt(
    provider: ProjectParameters['execution']['provider'],
  ): Promise<ProjectOutcome | Crash> {
    const { snapshot, changes, pictures } = await recovery.resumePoint()
    const from = snapshot?.step ?? 0
    const started = new Date().toISOString()
    await recovery.beginAttempt({ provider, pid: process.pid, started, from })
    throwIfAbandoned()
    let hasDevice = false
    const own = startEngine(spawn, limits)
    engine = own
    job = own.start(
      'project',
      {
        ...parameters,
        execution: executionOn(provider, parameters.execution),
        changes,
        pictures,
        ...(snapshot === undefined ? {} : { snapshot: snapshot.bytes }),
      },
      {
        ...events,
        device(device) {
          hasDevice = true
          if (device !== provider) write(recovery.amendAttempt({ provider: device }))
          events.device?.(device)
        },
        snapshot(taken) {
          write(recovery.keep(taken))
          events.snapshot?.(taken)
        },
        change(made) {
          answered(made.asks)
          write(recovery.addChange(made, made.asks))
          events.change?.(made)
        },
        refused(refused) {
          answered([refused.ask])
          // Told once it is kept: who hears of it looks at what is left of what was asked.
          write(recovery.refuse(refused.ask).then(() => events.refused?.(refused)))
        },
      },
    )
    if (pausing) job.pause()
    if (stopping) job.stop()
    for (const steer of asked) job.steer(steer)
    try {
      return await job.outcome
    } catch (error) {
      // A device that cannot be chosen would not be the next time either.
      const crashed = own.lost || (hasDevice && error instanceof MienError && error.code === 'device')
      throwIfAbandoned()
      if (!crashed) throw error
      return new Crash(sentence(error))
    } finally {
      job = undefined
      own.close()
    }
  }

  async function run(): Promise<ProjectOutcome> {
    for (;;) {
      const step = (await recovery.resumePoint()).snapshot?.step ?? 0
      const next = nextAttempt(recovery.attempts, step, parameters.execution.provider)
      if (next.kind === 'aside') throw putAside(next.reason, next.times, step)
      tellWhereItGoesOn(step, next.provider)
      const result = await attempt(next.provider)
      if (!(result instanceof Crash)) {
        await recovery.amendAttempt({ end: { how: result.stopped ? 'stopped' : 'done' } })
        throwIfAbandoned()
        return result
      }
      const at = (await recovery.resumePoint()).snapshot?.step ?? 0
      await recovery.amendAttempt({ end: { how: 'crashed', reason: result.reason, at } })
    }
  }

  function tellWhereItGoesOn(step: number, provider: string): void {
    const last = recovery.attempts.at(-1)
    if (last === undefined) return
    const why = last.end?.how === 'crashed' ? `${last.end.reason}. ` : ''
    const where = why === '' || provider === last.provider ? '' : ` on ${provider}`
    events.notice?.(`${why}Going on from step ${step}${where}.`)
  }

  const outcome = run().catch(async (error: unknown) => {
    const reason = fatal?.error ?? error
    const last = recovery.attempts.at(-1)
    if (last !== undefined && last.end === undefined) {
      // On a disk that takes nothing the attempt stays without an end.
      await recovery.amendAttempt({ end: { how: 'failed', reason: sentence(reason) } }).catch(() => undefined)
    }
    throw reason
  })

  return {
    outcome,
    stop() {
      stopping = true
      if (job === undefined) return
      // Written now: a second Ctrl-C ends everything at once, and is no crash.
      write(recovery.amendAttempt({ end: { how: 'stopped' } }))
      job.stop()
    },
    pause() {
      pausing = true
      job?.pause()
    },
    resume() {
      pausing = false
      job?.resume()
    },
    steer(steer) {
      asked = [...asked, steer]
      job?.steer(steer)
    },
    show() {
      job?.show()
    },
    abandon,
  }
}

/** A run that goes on on the processor goes on in float32. */
function executionOn(
  provider: SearchExecution['provider'],
  { precision, ...rest }: SearchExecution,
): SearchExecution {
  return { ...rest, provider, ...(provider !== 'cpu' && precision !== undefined && { precision }) }
}

class Crash {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

/** Why something failed, without its full stop. */
export function sentence(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replace(/\.$/, '')
}

function putAside(reason: string, times: number, step: number): MienError {
  const where = step === 0 ? 'before its first snapshot' : `after step ${step}`
  return new MienError('device', `The run is put aside: it failed ${times} times ${where}. ${reason}.`, {
    hint: 'Close other programs if memory is short, or start it anew with other models or on another device.',
  })
}
