import { createBuilder } from '../../engine/graph/builder.ts'
import { serialise } from '../../engine/graph/onnx.ts'
import { type Generator, synthesise } from '../../engine/network/stylegan2/generator.ts'
import { generatedImage } from '../../engine/projection/picture.ts'
import { splitNoise } from '../../engine/projection/step-graph.ts'
import type { Image } from '../../engine/runtime.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import { chooseRuntime } from '../runtime/devices.ts'
import type { Execution } from './protocol.ts'

/** What the generator draws of a latent with these noise maps, which lie in one row. */
export async function generatedPicture(
  generator: Generator,
  latent: FloatTensor,
  noise: FloatTensor,
  { provider, threads }: Execution,
): Promise<Image> {
  const runtime = await chooseRuntime(provider)
  const b = createBuilder()
  const maps = splitNoise(b, b.input('noise', noise.shape), generator.noise)
  const image = synthesise(b, generator, b.input('latent', latent.shape), maps)
  const session = await runtime.load(serialise({ image }), threads === undefined ? {} : { threads })
  try {
    const outputs = await session.run({ latent, noise })
    return generatedImage(outputs.image as FloatTensor)
  } finally {
    await session.dispose()
  }
}
