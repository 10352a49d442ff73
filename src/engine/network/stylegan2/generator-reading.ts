import { MienError } from '../../errors.ts'
import { floatTensor } from '../../tensor.ts'
import { type StoredNetwork, shapedWeight } from '../../weights.ts'
import { classesOf, layerOfClass } from './conditional-mapping.ts'
import { oddGain } from './gains.ts'
import type { Block, Generator, Mapping } from './generator.ts'
import type { LayerWeights } from './layers.ts'
import {
  clampOf,
  limitOf,
  mappingLearningRate,
  moduleSetting,
  readFilter,
  readFullyConnected,
  readModulated,
  scalarWeight,
  usualClamp,
} from './reading.ts'

/** Resolutions from 4 up, as far as the checkpoint has blocks. */
function blockResolutions(network: StoredNetwork): readonly number[] {
  const resolutions: number[] = []
  for (let resolution = 4; network.weights.has(`synthesis.b${resolution}.conv1.weight`); resolution *= 2) {
    resolutions.push(resolution)
  }
  return resolutions
}

/**
 * Reads a generator from the tensors of stylegan2-ada-pytorch's `Generator`; a class-conditional one as that of one class.
 *
 * @param label the class, counted from 0; without one, latents of a conditional generator are drawn, z is not mapped
 * @throws MienError 'unsupported-model' where the network is of a form that `requireKnownForm` refuses, or lacks a tensor;
 * 'wrong-use' for a class that there is not
 */
export function readGenerator(network: StoredNetwork, label?: number): Generator {
  const { weights } = network
  const resolutions = blockResolutions(network)
  if (resolutions.length === 0) {
    throw new MienError(
      'unsupported-model',
      'This is no StyleGAN2 generator: it has no block synthesis.b4.',
      {
        name: 'synthesis.b4.conv1.weight',
        hint: 'Give a network pickle of stylegan2-ada-pytorch.',
      },
    )
  }
  requireAllBlocks(network, resolutions)
  requireKnownForm(network, resolutions)
  const wDim = shapedWeight(weights, 'synthesis.b4.conv1.affine.weight', [undefined, undefined]).shape[1]!
  const readLayer = (block: string, layer: string, resolution: number) => {
    const prefix = `synthesis.${block}.${layer}`
    const shape = [resolution, resolution]
    const name = `${block}.${layer}.noise_const`
    // A layer of use_noise=False has neither; noise of strength 0 changes nothing.
    const isTold = moduleSetting(network, prefix, 'use_noise') !== false
    const drawsNoise =
      isTold && [`${prefix}.noise_strength`, `synthesis.${name}`].some((tensor) => weights.has(tensor))
    return {
      ...readModulated(weights, prefix, 3, wDim),
      name: layer,
      noiseStrength: drawsNoise ? scalarWeight(weights, `${prefix}.noise_strength`) : 0,
      ...(layer === 'conv0'
        ? { up: true, filter: readFilter(weights, `${prefix}.resample_filter`) }
        : { up: false, filter: [] }),
      clamp: limitOf(network, prefix),
      noise: {
        name,
        shape,
        constant: drawsNoise
          ? shapedWeight(weights, `synthesis.${name}`, shape)
          : floatTensor(shape, new Float32Array(resolution ** 2)),
      },
    }
  }
  const blocks = resolutions.map((resolution): Block => {
    const name = `b${resolution}`
    const layers = resolution === 4 ? ['conv1'] : ['conv0', 'conv1']
    return {
      name,
      resolution,
      constant: resolution === 4 ? shapedWeight(weights, 'synthesis.b4.const', [undefined, 4, 4]) : undefined,
      convolutions: layers.map((layer) => readLayer(name, layer, resolution)),
      rgb: readModulated(weights, `synthesis.${name}.torgb`, 1, wDim),
      clamp: limitOf(network, `synthesis.${name}.torgb`),
      filter: resolution === 4 ? [] : readFilter(weights, `synthesis.${name}.resample_filter`),
    }
  })
  const mapping = readMapping(network, wDim, label)
  return {
    zDim: mapping.layers[0]!.weight.shape[1]!,
    wDim,
    resolution: resolutions.at(-1)!,
    latentCount: 2 * resolutions.length,
    noise: blocks.flatMap((block) => block.convolutions.map((layer) => layer.noise)),
    mapping,
    blocks,
    remarks: remarksOn(network),
  }
}

/** Throws MienError 'unsupported-model' where blocks lie beyond one that is missing: what is below it is not the generator. */
function requireAllBlocks({ weights }: StoredNetwork, resolutions: readonly number[]): void {
  const next = 2 * resolutions.at(-1)!
  const beyond = [...weights.keys()].find((name) => Number(/^synthesis\.b(\d+)\./.exec(name)?.[1]) >= next)
  if (beyond === undefined) return
  throw new MienError(
    'unsupported-model',
    `The generator's block synthesis.b${next} is missing or not whole, but there is "${beyond}".`,
    { name: `synthesis.b${next}.conv1.weight`, hint: "Save the generator's whole state_dict() again." },
  )
}

/**
 * Refuses by name what has the blocks of a generator and is of another form: the architectures 'orig' and 'resnet', pictures
 * that are not square or have other channels than one or three, activations other than leaky ReLU.
 */
function requireKnownForm(network: StoredNetwork, resolutions: readonly number[]): void {
  const { weights } = network
  const refuse = (message: string, name: string): never => {
    throw new MienError('unsupported-model', message, { name, hint: 'Give a generator of another form.' })
  }
  const missing = resolutions.map((r) => `synthesis.b${r}.torgb.weight`).find((name) => !weights.has(name))
  // Pictures come from the last block alone in the other two.
  if (missing !== undefined && weights.has(`synthesis.b${resolutions.at(-1)}.torgb.weight`)) {
    const isResnet = weights.has('synthesis.b8.skip.weight')
    refuse(
      `This generator is of the architecture "${isResnet ? 'resnet' : 'orig'}"; Mien draws those of "skip", in which every block adds to the picture.`,
      missing,
    )
  }
  const [, height, width] = weights.get('synthesis.b4.const')?.shape ?? []
  if (height !== width) {
    refuse('This generator draws pictures that are not square; Mien draws square ones.', 'synthesis.b4.const')
  }
  const channels = channelsOf(network)
  if (channels !== 1 && channels !== 3) {
    const what = channels === 4 ? '4 channels, colours with transparency' : `${channels} channels`
    refuse(
      `This generator draws pictures of ${what}; Mien compares pictures of 3, or of 1 in grey.`,
      'synthesis.b4.torgb.weight',
    )
  }
  const activation = ['synthesis.b4.conv1', 'mapping.fc0']
    .map((module) => moduleSetting(network, module, 'activation'))
    .find((name) => name !== undefined && name !== 'lrelu')
  if (activation !== undefined) {
    refuse(`This generator's activation is "${activation}"; Mien computes leaky ReLU.`, 'activation')
  }
  const odd = oddGain(network)
  if (odd !== undefined) {
    refuse(
      `This generator's layer "${odd.module}" has a gain of its own (${odd.name} = ${odd.gain}); Mien computes with the usual one.`,
      odd.name,
    )
  }
}

function channelsOf({ weights }: StoredNetwork): number {
  return weights.get('synthesis.b4.torgb.weight')?.shape[0] ?? 0
}

function remarksOn(network: StoredNetwork): readonly string[] {
  const remarks: string[] = []
  if (channelsOf(network) === 1) {
    remarks.push('This generator draws in grey: its one channel is taken for red, green and blue.')
  }
  if (network.init.noises === null) {
    remarks.push(
      'The file keeps no noise maps (noises.noise_0, …): a latent is drawn without noise unless some is given. A search has noise of its own.',
    )
  }
  if (clampOf(network, 'synthesis.b4.conv1') === undefined) {
    remarks.push(
      `The file does not say where the generator's convolutions are clamped (conv_clamp), as no bare state dict does; Mien takes ${usualClamp}, NVIDIA's usual value.`,
    )
  }
  return remarks
}

function readMapping(network: StoredNetwork, wDim: number, label: number | undefined): Mapping {
  const { weights } = network
  const layers: LayerWeights[] = []
  for (let inputs: number | undefined; weights.has(`mapping.fc${layers.length}.weight`); ) {
    const layer = readFullyConnected(weights, `mapping.fc${layers.length}`, inputs, undefined)
    inputs = layer.weight.shape[0]
    layers.push(layer)
  }
  const beyond = [...weights.keys()].find(
    (name) => Number(/^mapping\.fc(\d+)\./.exec(name)?.[1]) >= layers.length,
  )
  if (beyond !== undefined) {
    const name = `mapping.fc${layers.length}.weight`
    throw new MienError(
      'unsupported-model',
      `The mapping network has no "${name}", but there is "${beyond}".`,
      {
        name,
        hint: "Save the generator's whole state_dict() again.",
      },
    )
  }
  if (layers.at(-1)?.weight.shape[0] !== wDim) {
    throw new MienError('unsupported-model', `The mapping network does not end in ${wDim} numbers.`, {
      name: `mapping.fc${Math.max(0, layers.length - 1)}.weight`,
    })
  }
  const embedding = weights.has('mapping.embed.weight')
    ? readFullyConnected(weights, 'mapping.embed', undefined, undefined)
    : undefined
  if (label !== undefined) layers[0] = layerOfClass(layers[0]!, embedding, label)
  return {
    layers,
    openClasses: label === undefined ? classesOf(weights) : 0,
    learningRateMultiplier: mappingLearningRate(network),
    average: weights.has('mapping.w_avg') ? shapedWeight(weights, 'mapping.w_avg', [wDim]) : undefined,
  }
}
