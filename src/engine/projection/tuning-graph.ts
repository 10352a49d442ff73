import { gradients } from '../graph/backward.ts'
import { type Builder, createBuilder } from '../graph/builder.ts'
import { serialise } from '../graph/onnx.ts'
import type { Value } from '../graph/value.ts'
import { synthesise } from '../network/stylegan2/generator.ts'
import { enlarge } from '../network/stylegan2/layers.ts'
import { perceptualFeatures, type VggLpips } from '../network/vgg-lpips/vgg-lpips.ts'
import type { Model, Provider } from '../runtime.ts'
import type { FloatTensor } from '../tensor.ts'
import type { Networks } from './objective.ts'
import { adam, type Moments } from './optimiser.ts'
import { toAnalysisSize, toLevels } from './picture.ts'
import { openOn } from './step-graph.ts'
import type { TuningWeights } from './tuning-settings.ts'

/** A step of a tuning as ONNX. */
export interface TuningGraph {
  readonly model: Model
  /** What is tuned, by the names of the checkpoint, as the generator has it. */
  readonly parameters: ReadonlyMap<string, FloatTensor>
}

/**
 * One step as one graph: the synthesis without noise, its distance from a picture, the gradients for the weights, Adam.
 *
 * Inputs: `latent` [1, rows, w_dim], `picture` [1, 3, R, R] in -1..1, if LPIPS counts its `feature.<tap>`, for every parameter its tensor and `.first` and
 * `.second` (Adam's moments), `learningRate`, `correction1`, `correction2`. Outputs: `next.<parameter>` with its moments,
 * `image` [1, 3, R, R] and the scalar `loss`, both of the weights before the step.
 *
 * @param rows latents that are given: 1, or one a layer
 * @param isTuned whether the parameter of that name is
 */
export function buildTuningGraph(
  { generator, perceptual }: Pick<Networks, 'generator' | 'perceptual'>,
  rows: number,
  weights: TuningWeights,
  isTuned: (name: string) => boolean,
  provider: Provider = 'cpu',
): TuningGraph {
  const b = createBuilder({ trained: isTuned })
  const { resolution, wDim } = generator
  const image = synthesise(b, generator, b.input('latent', [1, rows, wDim]), undefined)
  const picture = b.input('picture', [1, 3, resolution, resolution])
  const loss = b.scope('loss', () => pictureLoss(b, perceptual, image, picture, weights))
  const scalars = {
    learningRate: b.input('learningRate', []),
    correction1: b.input('correction1', []),
    correction2: b.input('correction2', []),
  }
  const parameters = [...b.trained]
  const found = gradients(
    b,
    loss,
    parameters.map(([, { value }]) => value),
  )
  const outputs: Record<string, Value> = { image, loss }
  for (const [i, [name, { value, initial }]] of parameters.entries()) {
    const moments: Moments<Value> = {
      parameter: value,
      first: b.input(`${name}.first`, initial.shape),
      second: b.input(`${name}.second`, initial.shape),
    }
    const next = b.scope(`adam.${name}`, () => adam(b, moments, found[i]!, scalars))
    outputs[`next.${name}`] = next.parameter
    outputs[`next.${name}.first`] = next.first
    outputs[`next.${name}.second`] = next.second
  }
  return {
    model: serialise(outputs, openOn(provider)),
    parameters: new Map(parameters.map(([name, { initial }]) => [name, initial])),
  }
}

/** The weighted sum of those distances of two pictures [1, 3, R, R] that count. */
function pictureLoss(
  b: Builder,
  network: VggLpips,
  image: Value,
  picture: Value,
  weights: TuningWeights,
): Value {
  const difference = b.sub(image, picture)
  const mean = (x: Value) => b.reduceMean(x, { keep: false })
  const distances: Readonly<Record<keyof TuningWeights, () => Value>> = {
    square: () => mean(b.mul(difference, difference)),
    absolute: () => mean(b.abs(difference)),
    detail: () => detailDistance(b, difference),
    perceptual: () => perceptualDistance(b, network, image),
  }
  const names = Object.keys(distances) as (keyof TuningWeights)[]
  return names
    .filter((name) => weights[name] > 0)
    .map((name) => b.mul(distances[name](), weights[name]))
    .reduce((x, y) => b.add(x, y))
}

/** How many times a picture is halved for the detail. */
const levels = 4
/** Between the pixels of a picture half as large: bilinear. */
const bilinear = [1 / 8, 3 / 8, 3 / 8, 1 / 8]

/**
 * The mean absolute values of the bands of a difference's Laplacian pyramid (Burt and Adelson 1983), a coarser one counting
 * twice as much as the one before: without it, edges stay soft.
 */
function detailDistance(b: Builder, difference: Value): Value {
  const terms: Value[] = []
  let finer = difference
  for (let level = 0; level < levels; level++) {
    const coarser = b.averagePool(finer, { size: 2 })
    const band = b.sub(finer, enlarge(b, coarser, bilinear))
    terms.push(b.mul(b.reduceMean(b.abs(band), { keep: false }), 2 ** level))
    finer = coarser
  }
  return terms.reduce((x, y) => b.add(x, y))
}

/** What the perceptual network sees of a picture [1, 3, R, R] in -1..1, at the size at which the search sees its pictures. */
function seenFeatures(b: Builder, network: VggLpips, picture: Value): readonly Value[] {
  return perceptualFeatures(b, network, toAnalysisSize(b, toLevels(b, picture)))
}

/** LPIPS between a picture and the one whose features are given. */
function perceptualDistance(b: Builder, network: VggLpips, image: Value): Value {
  return seenFeatures(b, network, image)
    .map((feature, tap) => {
      const difference = b.sub(feature, b.input(featureName(tap), feature.shape))
      return b.reduceSum(b.mul(difference, difference), { keep: false })
    })
    .reduce((x, y) => b.add(x, y))
}

const featureName = (tap: number) => `feature.${tap}`

/** Computes `feature.<tap>` of the input `picture` [1, 3, R, R] in -1..1. */
export function buildFeatureGraph(network: VggLpips, resolution: number): Model {
  const b = createBuilder()
  const features = seenFeatures(b, network, b.input('picture', [1, 3, resolution, resolution]))
  return serialise(Object.fromEntries(features.map((feature, tap) => [featureName(tap), feature])))
}
