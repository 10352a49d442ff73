import { createBuilder } from '../../../engine/graph/builder.ts'
import { serialise } from '../../../engine/graph/onnx.ts'
import { synthesise } from '../../../engine/network/stylegan2/generator.ts'
import { constantNoise, flatNoise } from '../../../engine/projection/noise.ts'
import { generatedImage } from '../../../engine/projection/picture.ts'
import { splitNoise } from '../../../engine/projection/step-graph.ts'
import type { FloatTensor } from '../../../engine/tensor.ts'
import { chooseRuntime } from '../../runtime/devices.ts'
import { requireLatentShape } from '../latent-shape.ts'
import { loadGenerator } from '../networks.ts'
import type { JobEvents, Jobs } from '../protocol.ts'

/** The picture of a latent. */
export async function render(
  { generator: files, latent, noise, execution }: Jobs['render']['parameters'],
  events: Required<JobEvents>,
): Promise<Jobs['render']['outcome']> {
  events.stage('models')
  const { generator } = await loadGenerator(files)
  requireLatentShape(latent, generator)
  const flat = noise === undefined ? constantNoise(generator.noise) : flatNoise(generator.noise, noise)
  events.stage('graph')
  const runtime = await chooseRuntime(execution.provider)
  const b = createBuilder()
  const maps = splitNoise(b, b.input('noise', flat.shape), generator.noise)
  const image = synthesise(b, generator, b.input('latent', latent.shape), maps)
  const options = execution.threads === undefined ? {} : { threads: execution.threads }
  const session = await runtime.load(serialise({ image }), options)
  try {
    const outputs = await session.run({ latent, noise: flat })
    return { image: generatedImage(outputs.image as FloatTensor) }
  } finally {
    await session.dispose()
  }
}
