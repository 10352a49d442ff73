import type { Metrics } from '../../../stores/metrics.ts'

/** Steps whose least losses are compared. */
const windowSteps = 40

/** The part of itself by which the least loss falls at most where hardly anything comes any more. */
const hardly = 0.02

/**
 * Whether a run that waits for Finish still comes closer to what is asked for, or hardly any more: then the least loss of
 * the last steps is about that of the steps before. What was before the last change was asked for something else.
 */
export function finishAdvice({ rows, changes }: Metrics): 'closer' | 'settled' {
  const changed = changes.at(-1)?.step ?? 0
  const recent = rows.slice(-2 * windowSteps).filter(({ step }) => step > changed)
  if (recent.length < 2 * windowSteps) return 'closer'
  const least = (from: number) => Math.min(...recent.slice(from, from + windowSteps).map(({ loss }) => loss))
  return least(windowSteps) > (1 - hardly) * least(0) ? 'settled' : 'closer'
}
