import { extraTermNames, type TermName, termsOf } from '../../../../engine/projection/terms.ts'
import type { Setup } from '../../../../shared/setup.ts'

type Weights = Setup['settings']['weights']

/** What people turn, in the order in which it is shown; the others are rarely touched. */
export const turnedTerms = [
  'perceptual',
  'landmark',
  'colour',
  'prior',
  'identity',
] as const satisfies readonly TermName[]

/** The weights with one term changed. A term beyond the reference's without weight leaves the search, if it still can. */
export function withTerm(weights: Weights, term: TermName, weight: number, running: boolean): Weights {
  const leaves = weight === 0 && (extraTermNames as readonly TermName[]).includes(term) && !running
  return termsOf((name) => (name === term ? (leaves ? undefined : weight) : weights[name]))
}
