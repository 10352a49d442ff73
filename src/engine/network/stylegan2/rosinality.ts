import { floatTensor, type Shape, times } from '../../tensor.ts'
import type { StoredNetwork, StoredTensor, Weights } from '../../weights.ts'

/**
 * The generator of rosinality/stylegan2-pytorch (model.py), which the encoders of encoder4editing, pixel2style2pixel and
 * ReStyle and the trainings of StyleGAN-NADA carry, in the names and scales of stylegan2-ada-pytorch. Both compute
 * the same; three things are kept otherwise:
 *
 * - Convolutions of a layer are multiplied by 1/sqrt(inputs * 9) before they are demodulated; NVIDIA's are stored so
 *   that they need not be. toRGB, which is not demodulated, has the same factor in both.
 * - Blur kernels are stored times 4, which makes up for the zeros between pixels.
 * - The layers that follow the first are numbered through: convs.2i goes up to 8 * 2^i, convs.2i+1 follows it.
 *
 * The multiplier of the mapping's learning rate is 0.01 in all of them, as in NVIDIA's (lr_mlp).
 */

/** Whether the tensors are those of such a generator. */
export function isRosinality(weights: Weights): boolean {
  return weights.has(rosinalityMark)
}

/** A tensor that every such generator has. */
export const rosinalityMark = 'to_rgb1.conv.modulation.weight'

/** The generator in NVIDIA's names. `average` is the latent that its files keep beside it: [w_dim], or a row a layer. */
export function fromRosinality(network: StoredNetwork, average: StoredTensor | undefined): StoredNetwork {
  const weights = new Map<string, StoredTensor>()
  for (const [name, stored] of network.weights) {
    const renamed = rename(name)
    if (renamed !== undefined) weights.set(renamed, inNvidiasForm(renamed, stored))
  }
  const centre = average && oneRow(average)
  if (centre !== undefined) weights.set('mapping.w_avg', centre)
  // It clamps nowhere.
  return { ...network, weights, init: { ...network.init, conv_clamp: null } }
}

/** NVIDIA's name of the layer `convs.index`; of conv1 for -1. */
function convolution(index: number): string {
  return index < 0 ? 'synthesis.b4.conv1' : `synthesis.b${2 ** (3 + (index >> 1))}.conv${index % 2}`
}

/** Names of rosinality with a number in them, and what NVIDIA calls the same; what follows them is in `parts`. */
const places: readonly (readonly [form: RegExp, name: (number: number) => string])[] = [
  [/^style\.(\d+)/, (n) => `mapping.fc${n - 1}`],
  [/^input\.input()$/, () => 'synthesis.b4.const'],
  [/^conv(1)(?=\.)/, () => convolution(-1)],
  [/^convs\.(\d+)/, convolution],
  [/^noises\.noise_(\d+)$/, (n) => `${convolution(n - 1)}.noise_const`],
  [/^to_rgb(1)(?=\.)/, () => 'synthesis.b4.torgb'],
  [/^to_rgbs\.(\d+)\.upsample\.kernel$/, (n) => `synthesis.b${2 ** (3 + n)}.resample_filter`],
  [/^to_rgbs\.(\d+)/, (n) => `synthesis.b${2 ** (3 + n)}.torgb`],
]

const parts: Readonly<Record<string, string>> = {
  '': '',
  '.weight': '.weight',
  '.bias': '.bias',
  '.conv.weight': '.weight',
  '.conv.modulation.weight': '.affine.weight',
  '.conv.modulation.bias': '.affine.bias',
  '.conv.blur.kernel': '.resample_filter',
  '.noise.weight': '.noise_strength',
  '.activate.bias': '.bias',
}

/** NVIDIA's name of a tensor, or undefined for one that is not needed. */
function rename(name: string): string | undefined {
  for (const [form, place] of places) {
    const found = form.exec(name)
    if (found === null) continue
    const part = parts[name.slice(found[0].length)]
    return part === undefined ? undefined : place(Number(found[1])) + part
  }
  return undefined
}

/** Without the extents of 1 that rosinality puts around, in NVIDIA's scale. */
function inNvidiasForm(name: string, stored: StoredTensor): StoredTensor {
  const { shape } = stored
  const [, inputs = 1, height = 1, width = 1] = shape.slice(1)
  if (/\.resample_filter$/.test(name)) return formed(stored, shape, 1 / 4)
  if (/\.noise_const$/.test(name)) return formed(stored, shape.slice(-2), 1)
  if (/\.torgb\.bias$/.test(name)) return formed(stored, shape.slice(1, 2), 1)
  if (/\.conv\d\.weight$/.test(name))
    return formed(stored, shape.slice(1), 1 / Math.sqrt(inputs * height * width))
  return /\.(torgb\.weight|const)$/.test(name) ? formed(stored, shape.slice(1), 1) : stored
}

function formed(stored: StoredTensor, shape: Shape, factor: number): StoredTensor {
  const tensor = () => times(floatTensor(shape, stored.float32().data), factor)
  return { dtype: 'float32', shape, read: tensor, float32: tensor }
}

/** The row that all rows are; undefined where they differ, so that there is no one centre. */
function oneRow(stored: StoredTensor): StoredTensor | undefined {
  const width = stored.shape.at(-1) ?? 1
  const { data } = stored.float32()
  const row = floatTensor([width], data.slice(0, width))
  if (!data.every((value, i) => value === row.data[i % width])) return undefined
  return { dtype: 'float32', shape: row.shape, read: () => row, float32: () => row }
}
