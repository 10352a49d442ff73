import { referenceGroupWeights } from '../face/landmark-groups.ts'
import type { LatentSpace } from './step-graph.ts'

/** Terms beyond the reference's. A run has those for which its settings give a weight. */
export const extraTermNames = ['prior', 'colour', 'identity', 'discriminator'] as const
export type ExtraTermName = (typeof extraTermNames)[number]

/** Numbers of some of the extra terms. */
export type ExtraTermNumbers = { readonly [name in ExtraTermName]?: number }

/**
 * The largest factor of a term or of a group of landmarks. Terms of the reference's weights are between 1e-6 (the noise's)
 * and 100 (the landmarks'), so their sum and its gradient stay far from the 3.4e38 at which float32 ends.
 */
export const mostWeight = 1e9

/** Factors of the loss terms. */
export interface TermWeights extends ExtraTermNumbers {
  readonly perceptual: number
  readonly landmark: number
  readonly noiseReg: number
}

/**
 * Asks for the number of each extra term and leaves out those that are undefined, in the order of `extraTermNames`.
 */
export function extraTermsOf(numberOf: (name: ExtraTermName) => number | undefined): ExtraTermNumbers {
  const numbers = extraTermNames.map((name) => [name, numberOf(name)] as const)
  return Object.fromEntries(numbers.filter(([, number]) => number !== undefined))
}

/** Where a search begins: at the average latent, as the reference, or near the look's colours. */
export const starts = ['average', 'nearest'] as const
export type Start = (typeof starts)[number]

export interface ProjectionSettings {
  /** Of the schedule; a live run goes on for as long as it is held. */
  readonly steps: number
  /** Of the initial noise and of the jitter; 32 bits. */
  readonly seed: number
  readonly space: LatentSpace
  /** The average latent if absent. */
  readonly start?: Start
  /** How far from there the first latent lies on the way to the face that the seed draws, 0..1; 0 if absent. */
  readonly startTruncation?: number
  readonly weights: TermWeights
  /** Nine factors, in the order of the landmark groups. */
  readonly groupWeights: readonly number[]
  /** Holds the schedule's plateau until finish is asked for, and takes changes on the way. */
  readonly live?: boolean
  /** Whether landmarks count by how far their heat maps can be believed; the reference believes all. */
  readonly confidence?: boolean
  /** How little of the look is asked for where landmarks lie, 0..1; the reference asks for all of it. */
  readonly landmarkMask?: number
}

/** What the reference's README and scripts use. */
export const referenceSettings: ProjectionSettings = {
  steps: 1000,
  seed: 303,
  space: 'w',
  weights: { perceptual: 1, landmark: 0.05, noiseReg: 1e5 },
  groupWeights: referenceGroupWeights,
}
