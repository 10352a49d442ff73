import type { Generator } from '../network/stylegan2/generator.ts'

/** How much the terms of a tuning count; one with 0 is not computed. */
export interface TuningWeights {
  /** Of the mean square of the difference. */
  readonly square: number
  /** Of its mean absolute value. */
  readonly absolute: number
  /** Of the bands of its Laplacian pyramid. */
  readonly detail: number
  /** Of the LPIPS distance, by the perceptual network of the search. */
  readonly perceptual: number
}

/** Random latents near by, of which the generator is to draw what it drew before. */
export interface Locality {
  /** How many of them. */
  readonly latents: number
  /** How far they lie from the look's own latent, over all layers together. */
  readonly distance: number
  /** How many steps are of them for each of a pair that is taught. */
  readonly share: number
}

/** How a generator is tuned. */
export interface TuningSettings {
  /** Of the search for the latent of the look with its own landmarks. */
  readonly ownSteps: number
  readonly steps: number
  /** Of Adam, at its largest. */
  readonly rate: number
  readonly seed: number
  readonly weights: TuningWeights
  /** None if absent. */
  readonly locality?: Locality
}

/** Of the order in which pairs are taken, and of the random latents. */
export const tuningSeed = 303

/**
 * For generators of photographs that do not ask for anything else: as in Roich et al. 2022, "Pivotal Tuning for Latent-based
 * Editing of Real Images" (section 3, and the hyperparameters published with it: 450 steps for the pivot, 350 of tuning, L2
 * and LPIPS both with 1, a rate of 3e-4, latents at a distance of 30). Its locality is a second term in every step, with 0.1;
 * here a tenth as many steps are of it, which is the same in the mean and costs a tenth.
 */
export function photographTuning(generator: Generator): TuningSettings {
  return {
    ownSteps: 450,
    steps: 350,
    rate: 3e-4 * kernelSize(generator),
    seed: tuningSeed,
    weights: { square: 1, absolute: 0, detail: 0, perceptual: 1 },
    locality: { latents: 8, distance: 30, share: 0.1 },
  }
}

/**
 * The root mean square of all weights of the synthesis's 3x3 convolutions. Adam moves every weight by its rate, whatever the
 * gradient's size, and kernels are demodulated, so that only moves in proportion to their size show. It is 1 where weights
 * begin as N(0, 1), as with the equalised learning rate of NVIDIA's networks, for which the published rate is meant.
 */
export function kernelSize({ blocks }: Generator): number {
  const kernels = blocks.flatMap(({ convolutions }) => convolutions.map(({ weight }) => weight.data))
  const energy = kernels.reduce((sum, data) => data.reduce((inner, value) => inner + value * value, sum), 0)
  return Math.sqrt(energy / kernels.reduce((count, data) => count + data.length, 0))
}
