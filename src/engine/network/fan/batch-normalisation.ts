import { type FloatTensor, floatTensor } from '../../tensor.ts'
import { shapedWeight, type Weights } from '../../weights.ts'

/** What PyTorch adds to the variance unless told otherwise; state dicts do not keep it. */
const epsilon = 1e-5

/** Scales below this are not divided by. */
const tiny = 1e-6

/** A convolution that is ready to run. */
export interface Convolution {
  /** [O, I, K, K]. */
  readonly weight: FloatTensor
  /** [O]. */
  readonly bias: FloatTensor | undefined
}

/** Batch normalisation in evaluation mode: x * scale + shift, a number of each a channel. */
interface Normalisation {
  readonly scale: Float32Array
  readonly shift: Float32Array
}

function readNormalisation(weights: Weights, prefix: string, channels: number): Normalisation {
  const read = (name: string) => shapedWeight(weights, `${prefix}.${name}`, [channels]).data
  const [gain, bias, mean, variance] = [
    read('weight'),
    read('bias'),
    read('running_mean'),
    read('running_var'),
  ]
  const scale = gain.map((value, c) => value / Math.sqrt(variance[c]! + epsilon))
  return { scale, shift: bias.map((value, c) => value - mean[c]! * scale[c]!) }
}

/** A convolution [O, I, K, K]; an extent that is given must fit. */
export function readConvolution(
  weights: Weights,
  prefix: string,
  size: number,
  inputs: number | undefined,
  outputs: number | undefined,
): Convolution {
  const weight = shapedWeight(weights, `${prefix}.weight`, [outputs, inputs, size, size])
  const name = `${prefix}.bias`
  return { weight, bias: weights.has(name) ? shapedWeight(weights, name, [weight.shape[0]]) : undefined }
}

/** Each stretch of `run` elements times the next of the factors, which begin anew after the last. */
function timesInTurn(data: Float32Array, factors: Float32Array, run: number): Float32Array {
  const product = new Float32Array(data.length)
  for (let at = 0, turn = 0; at < data.length; turn = (turn + 1) % factors.length) {
    const factor = factors[turn]!
    for (const end = at + run; at < end; at++) product[at] = data[at]! * factor
  }
  return product
}

/** The convolution followed by the normalisation, as one convolution. */
export function readNormalised(
  weights: Weights,
  normalisation: string,
  { weight, bias }: Convolution,
): Convolution {
  const outputs = weight.shape[0]!
  const { scale, shift } = readNormalisation(weights, normalisation, outputs)
  const area = weight.data.length / outputs
  return {
    weight: floatTensor(weight.shape, timesInTurn(weight.data, scale, area)),
    bias: floatTensor(
      [outputs],
      shift.map((value, c) => value + (bias?.data[c] ?? 0) * scale[c]!),
    ),
  }
}

/** Normalisation, ReLU and convolution: convolution(relu(sign * x + shift)). */
export interface PreActivated {
  /** [1, I, 1, 1]; absent where it is 1 everywhere. */
  readonly sign: FloatTensor | undefined
  /** [1, I, 1, 1]. */
  readonly shift: FloatTensor
  readonly convolution: Convolution
}

/**
 * Moves the size of the scale into the convolution: relu(s x + t) = |s| relu(sign(s) x + t / |s|), which saves a
 * pass over x and another over its gradient. Padding is not concerned: it is zero after the ReLU.
 */
export function readPreActivated(
  weights: Weights,
  normalisation: string,
  { weight, bias }: Convolution,
): PreActivated {
  const [outputs, inputs, height, width] = weight.shape as [number, number, number, number]
  const { scale, shift } = readNormalisation(weights, normalisation, inputs)
  const size = scale.map((value) => (Math.abs(value) > tiny ? Math.abs(value) : 1))
  const sign = scale.map((value, c) => value / size[c]!)
  const perInput = (data: Float32Array) => floatTensor([1, inputs, 1, 1], data)
  return {
    sign: sign.every((value) => value === 1) ? undefined : perInput(sign),
    shift: perInput(shift.map((value, c) => value / size[c]!)),
    convolution: {
      weight: floatTensor([outputs, inputs, height, width], timesInTurn(weight.data, size, height * width)),
      bias,
    },
  }
}
