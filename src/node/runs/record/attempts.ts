import * as v from 'valibot'
import { count } from '../../../engine/fields.ts'
import { type ProviderChoice, providerChoices } from '../../../shared/settings.ts'

/** How an attempt ended. `at` is the step of the last snapshot then, from which the next attempt goes on. */
const attemptEnd = v.variant('how', [
  v.object({ how: v.picklist(['done', 'stopped']) }),
  v.object({ how: v.literal('failed'), reason: v.string() }),
  v.object({ how: v.literal('crashed'), reason: v.string(), at: count }),
])
export type AttemptEnd = Readonly<v.InferOutput<typeof attemptEnd>>

/** One engine process at work on a run; written down before it starts. */
export const attempt = v.object({
  provider: v.picklist(providerChoices),
  /** Of the process that supervises it. */
  pid: count,
  /** ISO 8601. */
  started: v.pipe(v.string(), v.nonEmpty()),
  /** The step from which it went on. */
  from: count,
  /** Missing while it runs, and for good if the supervisor ended with it. */
  end: v.exactOptional(attemptEnd),
})
export type Attempt = Readonly<v.InferOutput<typeof attempt>>

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
