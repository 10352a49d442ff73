import { type Builder, createBuilder } from '../graph/builder.ts'
import { serialise } from '../graph/onnx.ts'
import type { Value } from '../graph/value.ts'
import { slope } from '../network/stylegan2/activation.ts'
import { type Generator, mapLatents } from '../network/stylegan2/generator.ts'
import type { Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'
import { statisticsDraws } from './latent-statistics.ts'

/**
 * Where the latents of W lie, as a Gaussian. What the last leaky ReLU of the mapping bends is bent back first; what is
 * left is nearly normal (Zhu et al. 2020, "Improved StyleGAN Embedding: Where are the Good Latents?", the space P_N).
 */
export interface LatentPrior {
  /** [1, 1, w_dim]. */
  readonly mean: FloatTensor
  /** [w_dim, w_dim]: a row vector less the mean, times this, has unit covariance over W. */
  readonly whitening: FloatTensor
}

/** Of the variances' mean, added to each: directions in which W does not extend would be infinitely stiff. */
const stiffness = 1e-3

/** The Gaussian of the latents of `statisticsDraws`. */
export async function latentPrior(
  runtime: Runtime,
  generator: Generator,
  samples = 10_000,
  options?: SessionOptions,
): Promise<LatentPrior> {
  const { wDim } = generator
  const z = statisticsDraws(generator, samples)
  const b = createBuilder()
  const straight = unbent(b, mapLatents(b, generator, b.input('z', z.shape)))
  const mean = b.reduceMean(straight, { axes: [0] })
  const centred = b.sub(straight, mean)
  const covariance = b.div(b.matMul(b.transpose(centred, { order: [1, 0] }), centred), samples)
  const session = await runtime.load(serialise({ mean, covariance }), options)
  try {
    const found = await session.run({ z })
    return {
      mean: floatTensor([1, 1, wDim], (found.mean as FloatTensor).data),
      whitening: floatTensor([wDim, wDim], whiteningOf((found.covariance as FloatTensor).data, wDim)),
    }
  } finally {
    await session.dispose()
  }
}

/**
 * How far latents are from where W lies: the mean square of the whitened latent, about 1 for those that the mapping
 * gives and 0 for the most likely one.
 *
 * @param latent [1, rows, w_dim]
 */
export function buildLatentPrior(b: Builder, { mean, whitening }: LatentPrior, latent: Value): Value {
  const centred = b.sub(unbent(b, latent), b.constant(mean, 'mean'))
  const white = b.matMul(centred, b.constant(whitening, 'whitening'))
  return b.reduceMean(b.mul(white, white), { keep: false })
}

/** Before the leaky ReLU, but for its gain: x where it is positive, x / slope elsewhere. */
function unbent(b: Builder, latent: Value): Value {
  return b.mul(b.leakyRelu(b.neg(latent), { alpha: slope }), -1 / slope)
}

/** The transposed inverse of the Cholesky factor of a symmetric matrix, row by row. */
function whiteningOf(covariance: Float32Array, n: number): Float32Array {
  let trace = 0
  for (let i = 0; i < n; i++) trace += covariance[i * n + i]!
  const lower = new Float64Array(n * n)
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      let sum = covariance[row * n + column]! + (row === column ? (stiffness * trace) / n : 0)
      for (let k = 0; k < column; k++) sum -= lower[row * n + k]! * lower[column * n + k]!
      lower[row * n + column] = row === column ? Math.sqrt(sum) : sum / lower[column * n + column]!
    }
  }
  const whitening = new Float32Array(n * n)
  const column = new Float64Array(n)
  for (let unit = 0; unit < n; unit++) {
    for (let row = unit; row < n; row++) {
      let sum = row === unit ? 1 : 0
      for (let k = unit; k < row; k++) sum -= lower[row * n + k]! * column[k]!
      column[row] = sum / lower[row * n + row]!
      whitening[unit * n + row] = column[row]!
    }
  }
  return whitening
}
