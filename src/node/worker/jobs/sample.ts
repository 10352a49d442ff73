import { MienError } from '../../../engine/errors.ts'
import { createBuilder } from '../../../engine/graph/builder.ts'
import { serialise } from '../../../engine/graph/onnx.ts'
import { type Generator, mapLatents, synthesise } from '../../../engine/network/stylegan2/generator.ts'
import { latentStatistics } from '../../../engine/projection/latent-statistics.ts'
import { constantNoise } from '../../../engine/projection/noise.ts'
import { generatedImage } from '../../../engine/projection/picture.ts'
import { MersenneTwister } from '../../../engine/projection/randomness.ts'
import { splitNoise } from '../../../engine/projection/step-graph.ts'
import type { Model, Runtime } from '../../../engine/runtime.ts'
import { type FloatTensor, floatTensor } from '../../../engine/tensor.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { chooseRuntime } from '../../runtime/devices.ts'
import type { JobControl } from '../job-control.ts'
import { loadGenerator, tellRemarks } from '../networks.ts'

/** Pictures of random latents, each sent as a preview as soon as it is drawn. */
export async function sample(
  { generator: files, seeds, truncation, execution }: Jobs['sample']['parameters'],
  events: Required<JobEvents>,
  control: JobControl,
): Promise<Jobs['sample']['outcome']> {
  events.stage('models')
  const { generator } = await loadGenerator(files)
  tellRemarks(files, generator, events)
  events.stage('graph')
  const runtime = await chooseRuntime(execution.provider)
  const average = truncation === 1 ? undefined : await truncationCentre(runtime, generator)
  const options = execution.threads === undefined ? {} : { threads: execution.threads }
  const session = await runtime.load(sampleGraph(generator, truncation, average), options)
  const noise = constantNoise(generator.noise)
  try {
    for (const [index, seed] of seeds.entries()) {
      if (control.shouldStop()) throw new MienError('stopped', 'Stopped.')
      const z = floatTensor([1, generator.zDim], new MersenneTwister(seed).normals(generator.zDim))
      const { image } = await session.run({ z, noise })
      events.preview({ step: index + 1, image: generatedImage(image as FloatTensor) })
    }
    return { count: seeds.length }
  } finally {
    await session.dispose()
  }
}

/** z -> w -> average + truncation * (w - average) -> picture. */
function sampleGraph(generator: Generator, truncation: number, average: FloatTensor | undefined): Model {
  const b = createBuilder()
  const w = mapLatents(b, generator, b.input('z', [1, generator.zDim]))
  const noise = constantNoise(generator.noise)
  const maps = splitNoise(b, b.input('noise', noise.shape), generator.noise)
  const centre = average === undefined ? undefined : b.constant(average, 'average')
  const truncated = centre === undefined ? w : b.add(centre, b.mul(b.sub(w, centre), truncation))
  const latent = b.reshape(truncated, { shape: [1, 1, generator.wDim] })
  return serialise({ image: synthesise(b, generator, latent, maps) })
}

/** The mean that the checkpoint tracked in training, or else the mean of many draws. */
async function truncationCentre(runtime: Runtime, generator: Generator): Promise<FloatTensor> {
  const average = generator.mapping.average ?? (await latentStatistics(runtime, generator)).average
  return floatTensor([1, generator.wDim], average.data)
}
