import { MienError } from '../../errors.ts'
import { type FloatTensor, floatTensor, sizeOf } from '../../tensor.ts'
import type { StoredTensor, Weights } from '../../weights.ts'
import { stageLengths, type VggConvolution, type VggLpips } from './stages.ts'

interface Named {
  readonly name: string
  readonly tensor: StoredTensor
}

interface FoundConvolution {
  readonly weight: Named
  readonly bias: Named
}

/** Numbers of VGG16's convolutions in torchvision's `features`; the others are activations and pools. */
const torchvisionPlaces = [0, 2, 5, 7, 10, 12, 14, 17, 19, 21, 24, 26, 28]

const kernelArea = [3, 3]

function unfit(message: string, name: string): MienError {
  return new MienError('unsupported-model', message, {
    name,
    hint: 'Give vgg16.pth with lpips.pth, or one file with both.',
  })
}

/**
 * Reads VGG16 and the linear weights of LPIPS from one or more files: by torchvision's names (`features.0.weight`)
 * and the lpips package's (`lin0.model.1.weight`), with or without a prefix; else by order and shape: 13 3x3
 * convolutions, each with its bias, and 5 all.
 *
 * @throws MienError 'unsupported-model' that names the tensor that is missing or does not fit
 */
export function readVggLpips(parts: readonly Weights[]): VggLpips {
  const all = parts.flatMap((part) => Array.from(part, ([name, tensor]) => ({ name, tensor })))
  const found = all.some(({ name }) => /(^|\.)features\.0\.weight$/.test(name))
    ? torchvisionPlaces.map((place) => namedConvolution(all, place))
    : orderedConvolutions(all)
  const convolutions = chained(found)
  const taps = stageLengths.map((_, stage) => {
    const last = stageLengths.slice(0, stage + 1).reduce((sum, length) => sum + length, 0) - 1
    return convolutions[last]!.bias.data.length
  })
  const used = new Set(found.flatMap(({ weight, bias }) => [weight.tensor, bias.tensor]))
  const linear = linearWeights(
    all.filter(({ tensor }) => !used.has(tensor)),
    taps,
  )
  return { convolutions, linear }
}

function namedConvolution(all: readonly Named[], place: number): FoundConvolution {
  const find = (part: string) => {
    const name = `features.${place}.${part}`
    const found = all.find((entry) => entry.name === name || entry.name.endsWith(`.${name}`))
    if (found === undefined) throw unfit(`The perceptual network has no tensor "${name}".`, name)
    return found
  }
  return { weight: find('weight'), bias: find('bias') }
}

/** Every 3x3 kernel with the bias of the same name, or else the vector that fits next after it. */
function orderedConvolutions(all: readonly Named[]): FoundConvolution[] {
  const kernels = all.flatMap((entry, at) => (isKernel(entry.tensor) ? [{ entry, at }] : []))
  const count = torchvisionPlaces.length
  if (kernels.length !== count) {
    const first = kernels[0]?.entry.name ?? all[0]?.name ?? ''
    throw unfit(`This is no VGG16: it has ${kernels.length} 3x3 convolutions instead of ${count}.`, first)
  }
  return kernels.map(({ entry: weight, at }) => {
    const [outputs] = weight.tensor.shape
    const sibling = weight.name.replace(/weight$/, 'bias')
    const bias =
      all.find(({ name }) => name !== weight.name && name === sibling) ??
      all.slice(at + 1).find(({ tensor }) => tensor.shape.length === 1 && tensor.shape[0] === outputs)
    if (bias === undefined) throw unfit(`The convolution "${weight.name}" has no bias.`, weight.name)
    return { weight, bias }
  })
}

function isKernel({ shape }: StoredTensor): boolean {
  return shape.length === 4 && kernelArea.every((extent, axis) => shape[axis + 2] === extent)
}

/** The convolutions read, each taking what the one before gives. */
function chained(found: readonly FoundConvolution[]): VggConvolution[] {
  let channels = 3
  return found.map(({ weight, bias }) => {
    const { shape } = weight.tensor
    if (!isKernel(weight.tensor) || shape[1] !== channels) {
      const wanted = `[?, ${channels}, 3, 3]`
      throw unfit(`"${weight.name}" is [${shape.join(', ')}] instead of ${wanted}.`, weight.name)
    }
    channels = shape[0]!
    if (bias.tensor.shape.length !== 1 || bias.tensor.shape[0] !== channels) {
      const actual = bias.tensor.shape.join(', ')
      throw unfit(`"${bias.name}" is [${actual}] instead of [${channels}].`, bias.name)
    }
    return { weight: weight.tensor.float32(), bias: bias.tensor.float32() }
  })
}

/** The weights of the taps by name (`lin0…`, `lin.0…`), or else the first vectors of their lengths in order. */
function linearWeights(all: readonly Named[], taps: readonly number[]): FloatTensor[] {
  const named = taps.map((_, stage) =>
    all.find(({ name }) => new RegExp(`(^|\\.)lin\\.?${stage}(\\.|$)`).test(name)),
  )
  let from = 0
  return taps.map((channels, stage) => {
    const fits = ({ tensor }: Named) =>
      Math.max(...tensor.shape) === channels && sizeOf(tensor.shape) === channels
    let vector = named[stage]
    if (named.every((entry) => entry === undefined)) {
      const at = all.findIndex((entry, place) => place >= from && fits(entry))
      from = at + 1
      vector = all[at]
    }
    if (vector === undefined || !fits(vector)) {
      const name = vector?.name ?? `lin${stage}.model.1.weight`
      const what = vector === undefined ? 'is missing' : `is [${vector.tensor.shape.join(', ')}]`
      throw unfit(`The weights "${name}" of LPIPS: ${what}; ${channels} numbers are needed.`, name)
    }
    // LPIPS keeps them at 0 or above; a root is taken.
    return floatTensor(
      [channels],
      vector.tensor.float32().data.map((value) => Math.max(0, value)),
    )
  })
}
