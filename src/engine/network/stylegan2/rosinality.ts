import { MienError } from '../../errors.ts'
import { floatTensor, type Shape, times } from '../../tensor.ts'
import { type StoredNetwork, type StoredTensor, storedFloats, type Weights } from '../../weights.ts'

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
 *
 * Files from before the noise maps became buffers (`noises.noise_0`, …) have none, and the implementation draws new noise for
 * each of their pictures. So none is theirs: their maps are zero here, which is a picture without noise.
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
  const keepsNoise = [...network.weights.keys()].some((name) => name.startsWith('noises.'))
  for (const [name, map] of missingNoise(weights)) weights.set(name, keepsNoise ? refused(map) : zeros(map))
  const centre = average && oneRow(average)
  if (centre !== undefined) weights.set('mapping.w_avg', centre)
  // It clamps nowhere.
  const init = { ...network.init, conv_clamp: null, ...(!keepsNoise && { noises: null }) }
  return { ...network, weights, init }
}

/** A noise map that a layer has a strength for. */
interface NoisePlace {
  /** What rosinality calls it. */
  readonly name: string
  readonly side: number
}

/** By NVIDIA's names those that are not among the weights. */
function missingNoise(weights: Weights): ReadonlyMap<string, NoisePlace> {
  const missing = new Map<string, NoisePlace>()
  for (const strength of weights.keys()) {
    const layer = /^(synthesis\.b(\d+)\.conv([01]))\.noise_strength$/.exec(strength)
    if (layer === null) continue
    const name = `${layer[1]}.noise_const`
    const [side, conv] = [Number(layer[2]), Number(layer[3])]
    const number = 2 * (Math.log2(side) - 3) + conv + 1
    if (!weights.has(name)) missing.set(name, { name: `noises.noise_${number}`, side })
  }
  return missing
}

function zeros({ side }: NoisePlace): StoredTensor {
  return storedFloats(floatTensor([side, side], new Float32Array(side * side)))
}

/** Of a file that keeps others: it is not whole. Told by who reads the generator, not by who opens the file. */
function refused({ name, side }: NoisePlace): StoredTensor {
  const refuse = () => {
    throw new MienError('unsupported-model', `The generator has noise maps, but not "${name}".`, {
      name,
      hint: "Save the generator's whole state_dict() again, or leave out every map of noises.",
    })
  }
  return { dtype: 'float32', shape: [side, side], read: refuse, float32: refuse }
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
