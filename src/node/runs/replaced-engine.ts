import type { EngineClient, RunningJob } from '../engine/client.ts'
import type { JobName } from '../engine/protocol.ts'

/** Work that goes on in another engine process where its own is lost. */
export interface ReplacedWork<T> {
  readonly outcome: Promise<T>
  /** Ends it with what it has. */
  stop(): void
  pause(): void
  resume(): void
  /** Asks for a preview. */
  show(): void
  /** Ends it at once. */
  abandon(): void
}

/** A job of such work; one that does not know how to pause goes on. */
type Steered = Pick<RunningJob<JobName>, 'stop' | 'pause' | 'resume' | 'show'>

/** An engine that is lost is replaced once: what takes two of them along takes a third. */
const replacements = 1

/**
 * @param attempt goes on from what earlier ones have kept; it gives its job to `begun`
 * @param onLost told before another engine is started
 */
export function withReplacement<T>(
  start: () => EngineClient,
  attempt: (engine: EngineClient, begun: (job: Steered) => void) => Promise<T>,
  onLost: (error: unknown) => unknown,
): ReplacedWork<T> {
  let engine: EngineClient | undefined
  let job: Steered | undefined
  let [stopped, abandoned, paused] = [false, false, false]
  const begun = (given: Steered) => {
    job = given
    if (paused) job.pause()
    if (stopped) job.stop()
  }

  async function work(): Promise<T> {
    for (let left = replacements; ; left--) {
      engine = start()
      try {
        return await attempt(engine, begun)
      } catch (error) {
        if (!engine.lost || left === 0 || stopped || abandoned) throw error
        await onLost(error)
      } finally {
        job = undefined
        engine.close()
      }
    }
  }

  return {
    outcome: work(),
    stop() {
      stopped = true
      job?.stop()
    },
    pause() {
      paused = true
      job?.pause()
    },
    resume() {
      paused = false
      job?.resume()
    },
    show() {
      job?.show()
    },
    abandon() {
      abandoned = true
      engine?.close()
    },
  }
}
