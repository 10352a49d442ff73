import { type Provider, providers } from '../engine/runtime.ts'

/** A provider, or the best one that works. */
export type ProviderChoice = Provider | 'auto'

export const providerChoices: readonly ProviderChoice[] = ['auto', ...providers]

/** W: one latent for all layers. W+: one for each layer, closer to the targets but easier to leave the face. */
export const latentSpaces = ['w', 'w+'] as const
export type LatentSpace = (typeof latentSpaces)[number]

/** The groups of the 68 landmarks, in the order of `groupWeights`. */
export const landmarkGroupNames = [
  'jaw',
  'left eyebrow',
  'right eyebrow',
  'nose bridge',
  'lower nose',
  'left eye',
  'right eye',
  'outer lip',
  'inner lip',
] as const

/** How much each term of the objective counts. */
export interface ObjectiveWeights {
  /** Of the perceptual distance to the look. */
  readonly perceptual: number
  /** Of the distance between the heat maps of the landmarks. */
  readonly landmark: number
  /** Of the regularisation that keeps the noise maps noise. */
  readonly noise: number
  /** Of each group of landmarks, nine numbers in the order of `landmarkGroupNames`. */
  readonly groups: readonly number[]
}

/** What a projection is asked to do. */
export interface ProjectionSettings {
  readonly steps: number
  readonly seed: number
  readonly space: LatentSpace
  readonly weights: ObjectiveWeights
}

/** The settings of the reference's README. */
export const defaultSettings: ProjectionSettings = {
  steps: 1000,
  seed: 303,
  space: 'w',
  weights: {
    perceptual: 1,
    landmark: 0.05,
    noise: 1e5,
    groups: [0.05, 1, 1, 0.1, 1, 1, 1, 5, 5],
  },
}

/** The terms of the objective: `loss` is their weighted sum, the others are unweighted. */
export interface Terms {
  readonly perceptual: number
  readonly landmark: number
  readonly noiseReg: number
  readonly loss: number
}
