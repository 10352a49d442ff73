import { MienError } from '../../errors.ts'
import { type StoredNetwork, shapedWeight, type Weights, weight } from '../../weights.ts'
import type { LayerWeights, ModulatedWeights } from './layers.ts'

/** The one number of a tensor of one element. */
export function scalarWeight(weights: Weights, name: string): number {
  const { data } = weight(weights, name)
  if (data.length !== 1) {
    throw new MienError('unsupported-model', `"${name}" has ${data.length} elements instead of one.`, {
      name,
    })
  }
  return data[0]!
}

/** `prefix.weight` and `prefix.bias` of a fully connected layer. */
export function readFullyConnected(
  weights: Weights,
  prefix: string,
  inputs: number | undefined,
  outputs: number | undefined,
): LayerWeights {
  const matrix = shapedWeight(weights, `${prefix}.weight`, [outputs, inputs])
  return { weight: matrix, bias: shapedWeight(weights, `${prefix}.bias`, [matrix.shape[0]]) }
}

/** A convolution with its style. */
export function readModulated(
  weights: Weights,
  prefix: string,
  size: number,
  wDim: number,
): ModulatedWeights {
  const kernel = shapedWeight(weights, `${prefix}.weight`, [undefined, undefined, size, size])
  const [outputs, inputs] = kernel.shape
  return {
    weight: kernel,
    bias: shapedWeight(weights, `${prefix}.bias`, [outputs]),
    style: readFullyConnected(weights, `${prefix}.affine`, wDim, inputs),
  }
}

/** The taps, an even number, of a separable low-pass filter stored as a square, with sum 1. */
export function readFilter(weights: Weights, name: string): readonly number[] {
  const { data, shape } = shapedWeight(weights, name, [undefined, undefined])
  const size = shape[0]!
  const rows = Array.from({ length: size }, (_, y) =>
    data.subarray(y * size, (y + 1) * size).reduce((a, v) => a + v, 0),
  )
  const separable = data.every(
    (value, i) => Math.abs(value - rows[Math.floor(i / size)]! * rows[i % size]!) < 1e-6,
  )
  const square = size === shape[1]
  if (!square || size % 2 !== 0 || !separable) {
    const fault = !square ? 'square' : separable ? 'of an even number of taps' : 'separable'
    throw new MienError('unsupported-model', `The resampling filter "${name}" is not ${fault}.`, { name })
  }
  return rows
}

type Settings = Readonly<Record<string, unknown>>

/** A record of settings, empty for anything else. */
export function asSettings(value: unknown): Settings {
  return typeof value === 'object' && value !== null ? (value as Settings) : {}
}

/**
 * A setting of a module, from what tells it most surely: the module's own attribute; then the arguments of the
 * constructor, nested under `group` as stylegan2-ada-pytorch has them, or flat as stylegan3 does. Undefined where none tells.
 */
export function moduleSetting({ init }: StoredNetwork, module: string, name: string, group = ''): unknown {
  const places = [asSettings(init._modules)[module], init[group], init].map(asSettings)
  return places.find((place) => place[name] !== undefined)?.[name]
}

/**
 * The default of `conv_clamp`: 256 in the classes of stylegan3's training/networks_stylegan2.py, none in those of
 * stylegan2-ada-pytorch's training/networks.py. Undefined where nothing tells which of the two a network was made by.
 */
function defaultClamp({ init }: StoredNetwork): number | null | undefined {
  if (init.fused_modconv_default !== undefined || String(init.class_name).includes('networks_stylegan2'))
    return 256
  return init.synthesis_kwargs === undefined ? undefined : null
}

/** Where the outputs of a module's convolution are clamped: a limit, null for nowhere, or undefined if nothing tells. */
export function clampOf(network: StoredNetwork, module: string): number | null | undefined {
  const told = moduleSetting(network, module, 'conv_clamp', 'synthesis_kwargs')
  return typeof told === 'number' || told === null ? told : defaultClamp(network)
}

/** The multiplier of the mapping's learning rate in every class of NVIDIA's and rosinality's that is given none. */
export const usualLearningRate = 0.01

/** The multiplier of the mapping's weights and biases, as its first layer has it or the arguments say. */
export function mappingLearningRate(network: StoredNetwork): number {
  const told = [
    moduleSetting(network, 'mapping.fc0', 'bias_gain'),
    moduleSetting(network, 'mapping', 'lr_multiplier', 'mapping_kwargs'),
  ].find((value) => typeof value === 'number')
  return told === undefined ? usualLearningRate : (told as number)
}

/** What is taken where nothing tells: what NVIDIA's train.py sets wherever it trains in float16, as it does by default. */
export const usualClamp = 256

/** The limit that a module's outputs are clamped to; undefined for none. */
export function limitOf(network: StoredNetwork, module: string): number | undefined {
  const clamp = clampOf(network, module)
  return clamp === undefined ? usualClamp : (clamp ?? undefined)
}
