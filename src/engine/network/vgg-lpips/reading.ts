import { MienError } from '../../errors.ts'
import { floatTensor, sizeOf } from '../../tensor.ts'
import type { StoredNetwork, StoredTensor, Weights } from '../../weights.ts'
import { stageLengths, type VggLpips } from './stages.ts'

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
  const { convolutions, linear } = findTensors(parts)
  return {
    convolutions: convolutions.map(({ weight, bias }) => ({
      weight: weight.tensor.float32(),
      bias: bias.tensor.float32(),
    })),
    linear: linear.map(({ tensor }) => {
      const { data } = tensor.float32()
      // LPIPS keeps them at 0 or above; a root is taken.
      return floatTensor(
        [data.length],
        data.map((value) => Math.max(0, value)),
      )
    }),
  }
}

/**
 * The parts with those tensors alone that `readVggLpips` reads. The classifier, which LPIPS has no use for, is nine
 * tenths of VGG16.
 *
 * @throws MienError as `readVggLpips`
 */
export function withoutClassifier(parts: readonly StoredNetwork[]): readonly StoredNetwork[] {
  const { convolutions, linear } = findTensors(parts.map(({ weights }) => weights))
  const used = new Set(
    [...convolutions.flatMap(({ weight, bias }) => [weight, bias]), ...linear].map(tensorOf),
  )
  return parts.map((part) => ({
    ...part,
    weights: new Map([...part.weights].filter(([, tensor]) => used.has(tensor))),
  }))
}

const tensorOf = ({ tensor }: Named) => tensor

/** The tensors of the 13 convolutions and of the 5 taps. */
function findTensors(parts: readonly Weights[]) {
  const all = parts.flatMap((part) => Array.from(part, ([name, tensor]) => ({ name, tensor })))
  const convolutions = all.some(({ name }) => /(^|\.)features\.0\.weight$/.test(name))
    ? torchvisionPlaces.map((place) => namedConvolution(all, place))
    : orderedConvolutions(all)
  requireChain(convolutions)
  const taps = stageLengths.map((_, stage) => {
    const last = stageLengths.slice(0, stage + 1).reduce((sum, length) => sum + length, 0) - 1
    return convolutions[last]!.bias.tensor.shape[0]!
  })
  const used = new Set(convolutions.flatMap(({ weight, bias }) => [weight.tensor, bias.tensor]))
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

/** Each convolution takes what the one before gives. */
function requireChain(found: readonly FoundConvolution[]): void {
  let channels = 3
  for (const { weight, bias } of found) {
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
  }
}

/** The weights of the taps by name (`lin0…`, `lin.0…`), or else the first vectors of their lengths in order. */
function linearWeights(all: readonly Named[], taps: readonly number[]): Named[] {
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
    return vector
  })
}
