import type { BatchProgress, TimedJob } from '../batch/batch-clock.ts'
import type { FoundRun } from '../batch/found-runs.ts'

/** Times jobs that several machines are at. */
export interface QueueClock {
  /** What is heard of a job under way. */
  at(index: number, step: number): void
  /** A job of which nothing more is expected. */
  ended(index: number, how: 'done' | 'failed'): void
  progress(): BatchProgress
}

/**
 * The rest is expected to take as long a step as what was made since the first step was heard of.
 *
 * @param seconds of a clock that only goes forward
 */
export function queueClock(
  jobs: readonly TimedJob[],
  found: readonly FoundRun[],
  seconds: () => number = () => performance.now() / 1000,
): QueueClock {
  const stepsOf = (i: number) => jobs[i]!.order.settings.steps
  const steps = jobs.reduce((sum, _, i) => sum + stepsOf(i), 0)
  const stepsAt = new Map<number, number>()
  const over = new Set<number>()
  const running = new Set<number>()
  let made = 0
  /** Steps that were not made while this clock ran. */
  let unpaid = 0
  let first: { readonly at: number; readonly paid: number } | undefined

  function moveTo(i: number, step: number): void {
    made += step - (stepsAt.get(i) ?? 0)
    stepsAt.set(i, step)
  }
  function pass(i: number): void {
    const before = stepsAt.get(i) ?? 0
    unpaid += stepsOf(i) - before
    moveTo(i, stepsOf(i))
  }
  function end(i: number): void {
    over.add(i)
    running.delete(i)
  }
  for (const [i, { how }] of found.entries()) {
    if (how !== 'done') continue
    pass(i)
    end(i)
  }

  return {
    at(i, step) {
      // A worker that begins anew is behind the one before it.
      over.delete(i)
      running.add(i)
      moveTo(i, Math.min(step, stepsOf(i)))
      first ??= { at: seconds(), paid: made - unpaid }
    },
    ended(i, how) {
      if (how === 'failed') pass(i)
      else moveTo(i, stepsOf(i))
      end(i)
    },
    progress() {
      const paid = first === undefined ? 0 : made - unpaid - first.paid
      const secondsLeft =
        first === undefined || paid <= 0 ? undefined : ((steps - made) * (seconds() - first.at)) / paid
      const names = [...running].map((i) => jobs[i]!.name)
      return { over: over.size, jobs: jobs.length, running: names, step: made, steps, secondsLeft }
    },
  }
}
