import type { FloatTensor } from '../../tensor.ts'

/**
 * The features of LPIPS (Zhang et al. 2018, "The Unreasonable Effectiveness of Deep Features as a Perceptual
 * Metric") on VGG16 (Simonyan and Zisserman 2015). 3x3 convolutions with ReLU; channels of the original:
 *
 *     input     (x / 127.5 - 1 - shift) / scale                               [N, 3, H, W]
 *     stage 0   2 convolutions -> tap 0                                       [N, 64, H, W]
 *     stage 1   maximum of 2x2, 2 convolutions -> tap 1                       [N, 128, H/2, W/2]
 *     stage 2   maximum of 2x2, 3 convolutions -> tap 2                       [N, 256, H/4, W/4]
 *     stage 3   maximum of 2x2, 3 convolutions -> tap 3                       [N, 512, H/8, W/8]
 *     stage 4   maximum of 2x2, 3 convolutions -> tap 4                       [N, 512, H/16, W/16]
 *
 * The distance of two pictures: at each tap the features are made unit vectors over the channels; the squared
 * differences are weighted by channel (`linear`), summed over channels, averaged over places and summed over taps.
 */
export interface VggLpips {
  /** The 13 convolutions in order. */
  readonly convolutions: readonly VggConvolution[]
  /** A weight [C] a channel for each of the 5 taps, at least 0. */
  readonly linear: readonly FloatTensor[]
}

export interface VggConvolution {
  /** [O, I, 3, 3]. */
  readonly weight: FloatTensor
  /** [O]. */
  readonly bias: FloatTensor
}

/** Convolutions a stage. */
export const stageLengths = [2, 2, 3, 3, 3] as const
