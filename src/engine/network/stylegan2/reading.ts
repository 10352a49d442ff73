import { MienError } from '../../errors.ts'
import { type StoredNetwork, shapedWeight, type Weights, weight } from '../../weights.ts'
import type { LayerWeights, ModulatedWeights } from './layers.ts'

/** The one number of a tensor of one element. */
export function scalarWeight(weights: Weights, name: string): number {
  const { data } = weight(weights, name)
  if (data.length !== 1) {
    throw new MienError('unsupported-model', `"${name}" has ${data.length} elements instead of one.`, {
      name,
    })
  }
  return data[0]!
}

/** `prefix.weight` and `prefix.bias` of a fully connected layer. */
export function readFullyConnected(
  weights: Weights,
  prefix: string,
  inputs: number | undefined,
  outputs: number | undefined,
): LayerWeights {
  const matrix = shapedWeight(weights, `${prefix}.weight`, [outputs, inputs])
  return { weight: matrix, bias: shapedWeight(weights, `${prefix}.bias`, [matrix.shape[0]]) }
}

/** A convolution with its style. */
export function readModulated(
  weights: Weights,
  prefix: string,
  size: number,
  wDim: number,
): ModulatedWeights {
  const kernel = shapedWeight(weights, `${prefix}.weight`, [undefined, undefined, size, size])
  const [outputs, inputs] = kernel.shape
  return {
    weight: kernel,
    bias: shapedWeight(weights, `${prefix}.bias`, [outputs]),
    style: readFullyConnected(weights, `${prefix}.affine`, wDim, inputs),
  }
}

/** The taps of a separable low-pass filter stored as a square, with sum 1. */
export function readFilter(weights: Weights, name: string): readonly number[] {
  const { data, shape } = shapedWeight(weights, name, [undefined, undefined])
  const size = shape[0]!
  const rows = Array.from({ length: size }, (_, y) =>
    data.subarray(y * size, (y + 1) * size).reduce((a, v) => a + v, 0),
  )
  const separable = data.every(
    (value, i) => Math.abs(value - rows[Math.floor(i / size)]! * rows[i % size]!) < 1e-6,
  )
  if (size !== shape[1] || size % 2 !== 0 || !separable) {
    throw new MienError('unsupported-model', `The resampling filter "${name}" is not separable.`, { name })
  }
  return rows
}

/** A number among the constructor's arguments, at any depth of nesting: `synthesis_kwargs.conv_clamp`. */
export function initNumber(network: StoredNetwork, ...path: readonly string[]): number | undefined {
  let place: unknown = network.init
  for (const key of path) {
    place = typeof place === 'object' && place !== null ? (place as Record<string, unknown>)[key] : undefined
  }
  return typeof place === 'number' ? place : undefined
}
