import type { ProviderChoice } from '../../../shared/settings.ts'

/** How an attempt ended. `at` is the step of the last snapshot then, from which the next attempt goes on. */
export type AttemptEnd =
  | { readonly how: 'done' | 'stopped' }
  | { readonly how: 'failed'; readonly reason: string }
  | { readonly how: 'crashed'; readonly reason: string; readonly at: number }

/** One engine process at work on a run; written down before it starts. */
export interface Attempt {
  readonly provider: ProviderChoice
  /** Of the process that supervises it. */
  readonly pid: number
  /** ISO 8601. */
  readonly started: string
  /** The step from which it went on. */
  readonly from: number
  /** Missing while it runs, and for good if the supervisor ended with it. */
  readonly end?: AttemptEnd
}

/** What to do next with a run. */
export type NextAttempt =
  | { readonly kind: 'go'; readonly provider: ProviderChoice }
  /** The same failed twice: the reason of the last time. */
  | { readonly kind: 'aside'; readonly reason: string; readonly times: number }

/**
 * After the first crash at a place the run is tried once more from there, after the second on the processor, where
 * it was not there already; then it is put aside. A crash after a later snapshot is the first at its place.
 *
 * @param step that of the last snapshot, 0 without one
 */
export function nextAttempt(attempts: readonly Attempt[], step: number, chosen: ProviderChoice): NextAttempt {
  const crashes = crashesAt(attempts, step)
  const last = crashes[0]
  if (last === undefined) return { kind: 'go', provider: chosen }
  if (crashes.length === 1) return { kind: 'go', provider: last.provider }
  if (last.provider !== 'cpu') return { kind: 'go', provider: 'cpu' }
  return { kind: 'aside', reason: reasonOf(last), times: crashes.length }
}

/** The attempts at the end of the list that crashed with this step as their last snapshot, the last one first. */
function crashesAt(attempts: readonly Attempt[], step: number): readonly Attempt[] {
  const backwards = [...attempts].reverse()
  const others = backwards.findIndex(({ end }) => end?.how !== 'crashed' || end.at !== step)
  return others < 0 ? backwards : backwards.slice(0, others)
}

function reasonOf({ end }: Attempt): string {
  return end?.how === 'crashed' ? end.reason : ''
}
