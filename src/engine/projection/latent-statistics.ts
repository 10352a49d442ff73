import { createBuilder } from '../graph/builder.ts'
import { serialise } from '../graph/onnx.ts'
import { type MappingNetwork, mapLatents } from '../network/stylegan2/generator.ts'
import type { Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'
import { MersenneTwister } from './randomness.ts'

/** Where the latents of W lie. */
export interface LatentStatistics {
  /** [1, 1, w_dim]. */
  readonly average: FloatTensor
  /** sqrt(sum (w - average)^2 / samples): over all dimensions together, as the projector of StyleGAN2 has it. */
  readonly deviation: number
}

/** Maps z [N, z_dim] to w [N, w_dim]. */
export async function mapLatentBatch(
  runtime: Runtime,
  generator: MappingNetwork,
  z: FloatTensor,
  options?: SessionOptions,
): Promise<FloatTensor> {
  const b = createBuilder()
  const model = serialise({ latents: mapLatents(b, generator, b.input('z', z.shape)) })
  const session = await runtime.load(model, options)
  try {
    const { latents } = await session.run({ z })
    return latents as FloatTensor
  } finally {
    await session.dispose()
  }
}

/** z [samples, z_dim] from NumPy's RandomState(123), by which the reference learns where W lies. */
export function statisticsDraws({ zDim }: MappingNetwork, samples: number): FloatTensor {
  return floatTensor([samples, zDim], new MersenneTwister(123).normals(samples * zDim))
}

/** Mean and deviation of the latents of `statisticsDraws`, as the reference takes them. */
export async function latentStatistics(
  runtime: Runtime,
  generator: MappingNetwork,
  samples = 10_000,
  options?: SessionOptions,
): Promise<LatentStatistics> {
  const { wDim } = generator
  const { data } = await mapLatentBatch(runtime, generator, statisticsDraws(generator, samples), options)
  const average = new Float64Array(wDim)
  for (let i = 0; i < data.length; i++) average[i % wDim]! += data[i]! / samples
  let squares = 0
  for (let i = 0; i < data.length; i++) squares += (data[i]! - average[i % wDim]!) ** 2
  return {
    average: floatTensor([1, 1, wDim], Float32Array.from(average)),
    deviation: Math.sqrt(squares / samples),
  }
}
