import type { BatchOrder } from '../../../../shared/preferences.ts'
import type { Run } from '../../../../shared/run.ts'

/** What the runs of a batch are told apart by. */
export interface JudgedRun {
  readonly run: Run
  /** The distance of the face in its picture from the look's; null where it is not known. */
  readonly identity: number | null
}

/** The runs as they were chosen, or the best first; those of which nothing is known come last. */
export function inOrder(runs: readonly JudgedRun[], order: BatchOrder): readonly JudgedRun[] {
  if (order === 'chosen') return runs
  const rankOf = ({ run, identity }: JudgedRun) =>
    (order === 'identity' ? identity : run.terms?.landmark) ?? Number.POSITIVE_INFINITY
  // Infinity minus infinity is no order.
  return runs.toSorted((a, b) => (rankOf(a) === rankOf(b) ? 0 : rankOf(a) - rankOf(b)))
}

/** Seconds until all of them are over, if the rest is as fast; null where nothing tells. */
export function secondsLeft(runs: readonly Run[]): number | null {
  const active = runs.find((run) => run.secondsLeft !== null && run.stepsPerSecond !== null)
  if (!active?.stepsPerSecond) return null
  const waiting = runs.filter(({ state }) => state === 'queued')
  const steps = waiting.reduce((sum, { setup, step }) => sum + Math.max(0, setup.settings.steps - step), 0)
  return active.secondsLeft! + steps / active.stepsPerSecond
}
