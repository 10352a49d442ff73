import type { EngineClient } from '../engine/client.ts'

/** Work that goes on in another engine process where its own is lost. */
export interface ReplacedWork<T> {
  readonly outcome: Promise<T>
  /** Ends it with what it has. */
  stop(): void
  /** Ends it at once. */
  abandon(): void
}

/** An engine that is lost is replaced once: what takes two of them along takes a third. */
const replacements = 1

/**
 * @param attempt goes on from what earlier ones have kept; it gives what stops its job to `begun`
 * @param onLost told before another engine is started
 */
export function withReplacement<T>(
  start: () => EngineClient,
  attempt: (engine: EngineClient, begun: (stop: () => void) => void) => Promise<T>,
  onLost: (error: unknown) => unknown,
): ReplacedWork<T> {
  let engine: EngineClient | undefined
  let stop = (): void => undefined
  let [stopped, abandoned] = [false, false]
  const begun = (stopJob: () => void) => {
    stop = stopJob
    if (stopped) stop()
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
        engine.close()
      }
    }
  }

  return {
    outcome: work(),
    stop() {
      stopped = true
      stop()
    },
    abandon() {
      abandoned = true
      engine?.close()
    },
  }
}
