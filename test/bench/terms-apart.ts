import type { ReferenceTerms } from './to-loss-course.ts'

/** The largest relative difference of a term that PyTorch and Mien may see of the same latent: both compute in float32. */
const tolerance = 1e-3

/** Squared means of products that nearly cancel: below this the noise's term is rounding, and a hundredth of the loss. */
const leastNoiseReg = 1e-7

/** The largest relative difference of a term. Throws where it is too large for the two to see the same. */
export function termsApart(theirs: ReferenceTerms, ours: ReferenceTerms): number {
  const apart = (['perceptual', 'landmark', 'noiseReg'] as const).map((name) => {
    const size = Math.max(ours[name], name === 'noiseReg' ? leastNoiseReg : 0)
    const difference = Math.abs(theirs[name] - ours[name]) / size
    if (difference <= tolerance) return difference
    throw new Error(`"${name}" is ${theirs[name]} in PyTorch and ${ours[name]} in Mien`)
  })
  return Math.max(...apart)
}
