import type { FloatTensor } from './tensor.ts'

/**
 * The power of two by which the weight [O, I, Ky, Kx] of a convolution is multiplied so that it neither lengthens nor
 * shortens: that white input and its output have about the same root mean square. float16 ends at 65504, and networks
 * whose later layers divide by their features' length may grow beyond. In float32 a power of two changes no digit.
 */
export function levellingFactor({ shape, data }: FloatTensor): number {
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += data[i]! * data[i]!
  const energy = sum / shape[0]!
  return energy > 0 ? 2 ** Math.round(-Math.log2(energy) / 2) : 1
}
