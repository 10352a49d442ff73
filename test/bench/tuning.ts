import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { readVggLpips } from '../../src/engine/network/vgg-lpips/vgg-lpips.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { tuneGenerator } from '../../src/engine/projection/tuning.ts'
import { photographTuning } from '../../src/engine/projection/tuning-settings.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { channelBase, randomGenerator, randomVggLpips } from './random-networks.ts'

/** Of the tuning of all weights of a generator for photographs. */
export interface TuningFigures {
  /** The fastest of five after the first. */
  readonly stepSeconds: number
  /** The largest memory that the process ever had, loading included. */
  readonly peakMiB: number
}

/** Steps as the product takes them, on one pair. */
export async function measureTuning(resolution: number, threads: number): Promise<TuningFigures> {
  const generator = readGenerator(randomGenerator(resolution, channelBase(resolution)))
  const perceptual = readVggLpips([randomVggLpips()])
  const random = new MersenneTwister(1)
  const latent = floatTensor([1, 1, generator.wDim], random.normals(generator.wDim))
  const picture = floatTensor(
    [1, 3, resolution, resolution],
    random.normals(3 * resolution * resolution).map(Math.tanh),
  )
  const ends: number[] = []
  await tuneGenerator(
    onnxRuntime('cpu'),
    { generator, perceptual },
    [{ latent, picture, share: 1 }],
    { ...photographTuning(generator), steps: 6 },
    { onStep: () => ends.push(performance.now()) },
    { threads },
  )
  const seconds = ends.slice(1).map((end, i) => (end - ends[i]!) / 1000)
  return { stepSeconds: Math.min(...seconds), peakMiB: process.resourceUsage().maxRSS / 1024 }
}
