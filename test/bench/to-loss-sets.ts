import { join, resolve } from 'node:path'
import { heldOutPairs } from '../../models/evaluation/held-out.ts'
import { writeSafetensors } from '../../src/engine/checkpoint/safetensors.ts'
import { landmarkCount, landmarkWeights } from '../../src/engine/face/landmark-groups.ts'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { serialise } from '../../src/engine/graph/onnx.ts'
import { readFan } from '../../src/engine/network/fan/fan.ts'
import { type Generator, synthesise } from '../../src/engine/network/stylegan2/generator.ts'
import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { readVggLpips } from '../../src/engine/network/vgg-lpips/vgg-lpips.ts'
import { latentStatistics, mapLatentBatch } from '../../src/engine/projection/latent-statistics.ts'
import type { Networks } from '../../src/engine/projection/objective.ts'
import { generatedImage, pictureTensor } from '../../src/engine/projection/picture.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { type ProjectionSettings, referenceSettings } from '../../src/engine/projection/settings.ts'
import type { TargetSquares } from '../../src/engine/projection/targets.ts'
import type { SessionOptions } from '../../src/engine/runtime.ts'
import { type FloatTensor, floatTensor, times } from '../../src/engine/tensor.ts'
import { storedFloats, type Weights } from '../../src/engine/weights.ts'
import { writeFileAtomic } from '../../src/node/host/files.ts'
import { askedSettings } from '../../src/node/models/asked-settings.ts'
import type { ModelFile } from '../../src/node/models/files.ts'
import { resolveAllModels } from '../../src/node/models/store.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { loadNetworks } from '../../src/node/worker/networks.ts'
import { channelBase, randomFan, randomGenerator, randomVggLpips } from './random-networks.ts'

/** The sets that are searched: the embedded pack, and full-size networks of random weights for pictures of 256 pixels. */
export const setNames = ['pack', 'full-256'] as const
export type SetName = (typeof setNames)[number]

/** Networks, and what is searched with them. */
export interface SearchedSet {
  readonly networks: Networks
  /** With `--reference`, where the model asks for nothing, and as it asks for. */
  readonly settings: Readonly<Record<'reference' | 'plain' | 'asked', ProjectionSettings>>
  pair(index: number): Promise<TargetSquares>
  /** What PyTorch reads of it; random weights are written into the folder. */
  files(folder: string): Promise<SetFiles>
}

/** What PyTorch reads of a set: paths of safetensors. */
export interface SetFiles {
  readonly generator: string
  readonly landmarks: string
  readonly perceptual: string
  /** The bound of the generator's convolutions; null for none. */
  readonly clamp: number | null
}

const runtime = onnxRuntime('cpu')

export function openSet(name: SetName, options: SessionOptions): Promise<SearchedSet> {
  return name === 'pack' ? openPack() : openFull(options)
}

function settingsFor(generator: readonly ModelFile[]): SearchedSet['settings'] {
  const { weights, ...asked } = askedSettings(generator)
  return {
    reference: referenceSettings,
    plain: { ...referenceSettings, ...askedSettings([]), weights: referenceSettings.weights },
    asked: { ...referenceSettings, ...asked, weights: { ...referenceSettings.weights, ...weights } },
  }
}

async function openPack(): Promise<SearchedSet> {
  const files = await resolveAllModels({})
  const { networks, heatMapForm } = await loadNetworks(files)
  return {
    networks,
    settings: settingsFor(files.generator),
    async pair(index) {
      const { look, landmarks } = (await heldOutPairs(index + 1, networks.generator.resolution))[index]!
      return { look: look.image, landmarks: landmarks.image, deviation: heatMapForm.deviation }
    },
    async files() {
      const path = (part: readonly ModelFile[]) => resolve(part[0]!.path)
      return {
        generator: path(files.generator),
        landmarks: path(files.landmarks),
        perceptual: path(files.perceptual),
        clamp: null,
      }
    },
  }
}

const fullResolution = 256

/**
 * Random weights draw pictures of a deviation of several units, nearly all of it beyond -1..1: a target of such colours, cut to bytes,
 * is none that the generator draws. And they see heat maps of a billion, beside which there would be no look.
 */
const scales = { colours: 0.25, heatMaps: 1e-8 }

/** Those whose name ends so times the factor. */
function scaled(weights: Weights, name: string, factor: number): Weights {
  return new Map(
    Array.from(weights, ([key, tensor]) => [
      key,
      key.endsWith(name) ? storedFloats(times(tensor.float32(), factor)) : tensor,
    ]),
  )
}

function fullWeights() {
  const modules = 4
  const generator = randomGenerator(fullResolution, channelBase(fullResolution))
  return {
    generator: { ...generator, weights: scaled(generator.weights, '.torgb.weight', scales.colours) },
    fan: scaled(randomFan(256, modules), `l${modules - 1}.weight`, scales.heatMaps),
    vgg: randomVggLpips(),
  }
}

async function openFull(options: SessionOptions): Promise<SearchedSet> {
  const { generator, fan, vgg } = fullWeights()
  const networks = {
    generator: readGenerator(generator),
    landmarks: readFan(fan),
    perceptual: readVggLpips([vgg]),
  }
  return {
    networks,
    settings: settingsFor([]),
    // Two pictures of the generator's own, so that there is something to be found.
    async pair(index) {
      const { zDim } = networks.generator
      const z = floatTensor([2, zDim], new MersenneTwister(1000 + index).normals(2 * zDim))
      const { data } = await mapLatentBatch(runtime, networks.generator, z, options)
      const { wDim } = networks.generator
      const [look, landmarks] = await drawn(
        networks.generator,
        [0, 1].map((row) => data.slice(row * wDim, (row + 1) * wDim)),
        options,
      )
      return { look: look!, landmarks: landmarks! }
    },
    async files(folder) {
      const write = async (part: string, weights: Weights) => {
        const path = join(folder, `${part}.safetensors`)
        const tensors = new Map(Array.from(weights, ([key, tensor]) => [key, tensor.float32()]))
        await writeFileAtomic(path, writeSafetensors(tensors))
        return path
      }
      return {
        generator: await write('generator', generator.weights),
        landmarks: await write('landmarks', fan),
        perceptual: await write('perceptual', vgg),
        clamp: 256,
      }
    },
  }
}

/** The generator's pictures of latents of W. */
async function drawn(generator: Generator, latents: readonly Float32Array[], options: SessionOptions) {
  const b = createBuilder()
  const picture = synthesise(b, generator, b.input('latent', [1, 1, generator.wDim]), undefined)
  const session = await runtime.load(serialise({ picture }), options)
  const images = []
  for (const latent of latents) {
    const seen = await session.run({ latent: floatTensor([1, 1, generator.wDim], latent) })
    images.push(generatedImage(seen.picture as FloatTensor))
  }
  await session.dispose()
  return images
}

/** Writes what PyTorch aims at, see `pytorch_reference.py`; gives the latent at which it begins. */
export async function writeTargets(
  path: string,
  { networks }: SearchedSet,
  { look, landmarks }: TargetSquares,
  options: SessionOptions,
): Promise<FloatTensor> {
  const { average, deviation } = await latentStatistics(runtime, networks.generator, undefined, options)
  const groups = landmarkWeights(referenceSettings.groupWeights)
  await writeFileAtomic(
    path,
    writeSafetensors({
      look: pictureTensor(look),
      landmarks: pictureTensor(landmarks),
      average,
      deviation: floatTensor([], [deviation]),
      groups: floatTensor([landmarkCount, 1, 1], groups),
    }),
  )
  return average
}
