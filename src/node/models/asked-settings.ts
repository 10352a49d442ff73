import { landmarkGroups } from '../../engine/face/landmark-groups.ts'
import { type ProjectionSettings, starts, type TermWeights } from '../../engine/projection/settings.ts'
import { termsOf } from '../../engine/projection/terms.ts'
import { asFraction, asRecord, asWeight } from '../host/json-fields.ts'
import type { ModelFile } from './files.ts'

/** How a model wants to be searched, in place of the reference's way. */
export type AskedSettings = Partial<
  Pick<
    ProjectionSettings,
    'start' | 'groupWeights' | 'confidence' | 'landmarkMask' | 'coarseFirst' | 'shortMemory' | 'quasiNewton'
  >
> & { readonly weights: Partial<TermWeights> }

/**
 * What `projection` of the generator in a model.json asks for; what cannot be understood is passed over. One that asks for
 * nothing is searched with the reference's objective, but from a start near the look's colours, and coarse first.
 * All are searched with a short memory, and end by L-BFGS.
 */
export function askedSettings(generator: readonly ModelFile[]): AskedSettings {
  const asked = asRecord(generator[0]?.init?.projection)
  const weights = asRecord(asked?.weights)
  const start = asked === undefined ? 'nearest' : starts.find((name) => name === asked.start)
  const groups = Array.isArray(asked?.group_weights) ? asked.group_weights.map(asWeight) : []
  const known = groups.filter((weight) => weight !== undefined)
  const mask = asFraction(asked?.landmark_mask)
  return {
    ...(start !== undefined && { start }),
    ...(known.length === landmarkGroups.length && { groupWeights: known }),
    ...(asked?.landmark_confidence === true && { confidence: true }),
    ...(mask !== undefined && { landmarkMask: mask }),
    ...((asked === undefined || asked.coarse_first === true) && { coarseFirst: true }),
    ...{ shortMemory: true, quasiNewton: true },
    weights: termsOf((name) => asWeight(weights?.[name === 'noiseReg' ? 'noise' : name])),
  }
}
