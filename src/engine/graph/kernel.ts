import { type FloatTensor, floatTensor } from '../tensor.ts'

/** Rows and columns before and after. */
export interface Padding {
  readonly before: number
  readonly after: number
}

/** The extent that a convolution leaves of `extent`. */
export function convolvedExtent(extent: number, kernel: number, stride: number, { before, after }: Padding) {
  return Math.floor((extent + before + after - kernel) / stride) + 1
}

/**
 * The adjoint of a strided convolution as one dense convolution with stride 1 that computes all phases as
 * channels; depthToSpace(stride) then interleaves them.
 *
 * For y[i] = sum_k w[k] x[s*i + k - p] the adjoint is x'[s*m + r] = sum_t w[r + p - s*t] y[m + t], so phase r is a
 * convolution over the taps t for which r + p - s*t lies in the kernel.
 */
export interface AdjointKernel {
  /** [groups * I * s * s, O / groups, T, T]; channel c*s*s + r1*s + r2 is phase (r1, r2) of input channel c. */
  readonly weight: FloatTensor
  readonly padding: Padding
}

/**
 * @param weight [O, I, K, K] with I channels a group; square
 * @param extent the extent of the convolution's input, [H] = [W]
 */
export function adjointKernel(
  weight: FloatTensor,
  stride: number,
  before: number,
  groups: number,
  extent: number,
  outputExtent: number,
): AdjointKernel {
  const [outputs, inputs, size] = weight.shape as [number, number, number, number]
  const first = Math.ceil((before - size + 1) / stride)
  const last = Math.floor((stride - 1 + before) / stride)
  const taps = last - first + 1
  const groupOutputs = outputs / groups
  const phases = stride * stride
  const shape = [groups * inputs * phases, groupOutputs, taps, taps]
  const data = new Float32Array(shape[0]! * groupOutputs * taps * taps)
  const source = weight.data
  const place = (phase: number, u: number) => phase + before - stride * (u + first)
  let at = 0
  for (let group = 0; group < groups; group++) {
    for (let input = 0; input < inputs; input++) {
      for (let phase = 0; phase < phases; phase++) {
        const row = Math.floor(phase / stride)
        const column = phase % stride
        for (let output = 0; output < groupOutputs; output++) {
          const base = ((group * groupOutputs + output) * inputs + input) * size * size
          for (let u = 0; u < taps; u++) {
            const y = place(row, u)
            for (let v = 0; v < taps; v++, at++) {
              const x = place(column, v)
              if (y >= 0 && y < size && x >= 0 && x < size) data[at] = source[base + y * size + x]!
            }
          }
        }
      }
    }
  }
  return {
    weight: floatTensor(shape, data),
    padding: { before: -first, after: Math.ceil(extent / stride) - outputExtent + last },
  }
}
