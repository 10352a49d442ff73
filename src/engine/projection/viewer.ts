import { createBuilder } from '../graph/builder.ts'
import { halfPrecision } from '../graph/half-precision.ts'
import { serialise } from '../graph/onnx.ts'
import { type Generator, synthesise } from '../network/stylegan2/generator.ts'
import type { Image, Precision, Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, sizeOf } from '../tensor.ts'
import type { Found } from './average.ts'
import { generatedImage } from './picture.ts'
import { splitNoise } from './step-graph.ts'

/** Draws what a search has found, much faster than a step. */
export interface Viewer {
  see(found: Found): Promise<Image>
  dispose(): Promise<void>
}

/**
 * Loads the generator alone.
 *
 * @param latentShape [1, 1, w_dim] or [1, latentCount, w_dim]
 */
export async function openViewer(
  runtime: Runtime,
  generator: Generator,
  latentShape: readonly number[],
  { precision, ...options }: SessionOptions & { readonly precision?: Precision } = {},
): Promise<Viewer> {
  const b = createBuilder()
  const size = generator.noise.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const maps = splitNoise(b, b.input('noise', [size]), generator.noise)
  const outputs = { image: synthesise(b, generator, b.input('latent', latentShape), maps) }
  const model = serialise(precision === 'float16' ? halfPrecision(outputs) : outputs)
  const session = await runtime.load(model, options)
  return {
    async see({ latent, noise }) {
      const { image } = await session.run({ latent, noise })
      return generatedImage(image as FloatTensor)
    },
    dispose: () => session.dispose(),
  }
}
