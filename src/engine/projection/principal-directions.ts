import { EigenvalueDecomposition, Matrix } from 'ml-matrix'
import { createBuilder } from '../graph/builder.ts'
import { serialise } from '../graph/onnx.ts'
import { type Generator, mapLatents } from '../network/stylegan2/generator.ts'
import type { Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'
import { statisticsDraws } from './latent-statistics.ts'

/** So many directions move a face; those after them hardly spread. */
export const faceDirections = 60

/**
 * The directions in which the latents of W spread most, the widest first, each as long as the standard deviation along it
 * (Härkönen et al. 2020, "GANSpace", section 2.1): [count, w_dim].
 *
 * @param count w_dim at most
 */
export async function principalDirections(
  runtime: Runtime,
  generator: Generator,
  count: number,
  options?: SessionOptions,
  samples = 10_000,
): Promise<FloatTensor> {
  const { wDim } = generator
  const z = statisticsDraws(generator, samples)
  const b = createBuilder()
  const latents = mapLatents(b, generator, b.input('z', z.shape))
  const centred = b.sub(latents, b.reduceMean(latents, { axes: [0] }))
  const covariance = b.div(b.matMul(b.transpose(centred, { order: [1, 0] }), centred), samples)
  const session = await runtime.load(serialise({ covariance }), options)
  try {
    const found = (await session.run({ z })).covariance as FloatTensor
    const rows = Array.from({ length: wDim }, (_, row) => found.data.subarray(row * wDim, (row + 1) * wDim))
    const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(new Matrix(rows), {
      assumeSymmetric: true,
    })
    const widest = realEigenvalues.map((_, i) => i).sort((i, j) => realEigenvalues[j]! - realEigenvalues[i]!)
    const directions = new Float32Array(count * wDim)
    for (let row = 0; row < count; row++) {
      const column = widest[row]!
      const deviation = Math.sqrt(Math.max(0, realEigenvalues[column]!))
      for (let i = 0; i < wDim; i++) directions[row * wDim + i] = deviation * eigenvectorMatrix.get(i, column)
    }
    return floatTensor([count, wDim], directions)
  } finally {
    await session.dispose()
  }
}
