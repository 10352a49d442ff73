import { referenceGroupWeights } from '../face/landmark-groups.ts'
import type { LatentSpace } from './step-graph.ts'

/** Factors of the loss terms. */
export interface TermWeights {
  readonly perceptual: number
  readonly landmark: number
  readonly noiseReg: number
  /** Of the latent prior. A run that begins without a number here has no such term. */
  readonly prior?: number
}

export interface ProjectionSettings {
  /** Of the schedule; a live run goes on for as long as it is held. */
  readonly steps: number
  /** Of the initial noise and of the jitter; 32 bits. */
  readonly seed: number
  readonly space: LatentSpace
  readonly weights: TermWeights
  /** Nine factors, in the order of the landmark groups. */
  readonly groupWeights: readonly number[]
  /** Holds the schedule's plateau until finish is asked for, and takes changes on the way. */
  readonly live?: boolean
}

/** What the reference's README and scripts use. */
export const referenceSettings: ProjectionSettings = {
  steps: 1000,
  seed: 303,
  space: 'w',
  weights: { perceptual: 1, landmark: 0.05, noiseReg: 1e5 },
  groupWeights: referenceGroupWeights,
}
