import { type ExtraTermNumbers, extraTermsOf } from '../../engine/projection/settings.ts'
import type { ModelFile } from '../worker/protocol.ts'
import { asAmount, asRecord } from './json-fields.ts'

/** Whether a model asks that landmarks count by their confidence: `landmark_confidence` of the generator in its model.json. */
export function asksForConfidence(generator: readonly ModelFile[]): boolean {
  return generator[0]?.init?.landmark_confidence === true
}

/** The weights of extra terms that a model asks for: `term_weights` of the generator in its model.json. */
export function termWeightsOf(generator: readonly ModelFile[]): ExtraTermNumbers {
  const asked = asRecord(generator[0]?.init?.term_weights)
  return extraTermsOf((name) => asAmount(asked?.[name]))
}
