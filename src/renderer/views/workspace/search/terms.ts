import { type ExtraTermName, extraTermNames } from '../../../../engine/projection/settings.ts'
import type { Setup } from '../../../../shared/setup.ts'
import type { WeightScale } from '../face-map/weight-scale.ts'

export type TermName = 'perceptual' | 'landmark' | 'noiseReg' | ExtraTermName
type Weights = Setup['settings']['weights']

/** The terms of the loss in the order in which they are shown, and how far their weights go. */
export const termScales: Readonly<Record<TermName, WeightScale>> = {
  perceptual: { least: 0.01, most: 10 },
  // More meets the landmarks no better, and drives the face to where it does not come back from; it can be typed.
  landmark: { least: 0.001, most: 1 },
  colour: { least: 0.1, most: 1000 },
  prior: { least: 0.001, most: 10 },
  identity: { least: 0.001, most: 10 },
  discriminator: { least: 0.001, most: 10 },
  noiseReg: { least: 10, most: 1e7 },
}

const extra: readonly string[] = extraTermNames

/** The weights with one term changed. A term beyond the reference's without weight leaves the search, if it still can. */
export function withTerm(weights: Weights, term: TermName, weight: number, running: boolean): Weights {
  const { [term]: _, ...others } = weights
  const leaves = weight === 0 && extra.includes(term) && !running
  return (leaves ? others : { ...others, [term]: weight }) as Weights
}
