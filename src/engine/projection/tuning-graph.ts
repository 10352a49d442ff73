import { gradients } from '../graph/backward.ts'
import { type Builder, createBuilder } from '../graph/builder.ts'
import { serialise } from '../graph/onnx.ts'
import type { Value } from '../graph/value.ts'
import { type Generator, synthesise } from '../network/stylegan2/generator.ts'
import { enlarge } from '../network/stylegan2/layers.ts'
import type { FloatTensor } from '../tensor.ts'
import { adam, type Moments } from './optimiser.ts'

/** How much the terms of a tuning count; see `pictureLoss`. */
export interface TuningWeights {
  readonly square: number
  readonly absolute: number
  readonly detail: number
}

/** A step of a tuning as ONNX. */
export interface TuningGraph {
  readonly model: Uint8Array
  /** What is tuned, by the names of the checkpoint, as the generator has it. */
  readonly parameters: ReadonlyMap<string, FloatTensor>
}

/**
 * One step as one graph: the synthesis without noise, its distance from a picture, the gradients for the weights, Adam.
 *
 * Inputs: `latent` [1, rows, w_dim], `picture` [1, 3, R, R] in -1..1, for every parameter its tensor and `.first` and
 * `.second` (Adam's moments), `learningRate`, `correction1`, `correction2`. Outputs: `next.<parameter>` with its moments,
 * `image` [1, 3, R, R] and the scalar `loss`, both of the weights before the step.
 *
 * @param rows latents that are given: 1, or one a layer
 * @param isTuned whether the parameter of that name is
 */
export function buildTuningGraph(
  generator: Generator,
  rows: number,
  weights: TuningWeights,
  isTuned: (name: string) => boolean,
): TuningGraph {
  const b = createBuilder({ trained: isTuned })
  const { resolution, wDim } = generator
  const image = synthesise(b, generator, b.input('latent', [1, rows, wDim]), undefined)
  const picture = b.input('picture', [1, 3, resolution, resolution])
  const loss = b.scope('loss', () => pictureLoss(b, b.sub(image, picture), weights))
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
    model: serialise(outputs),
    parameters: new Map(parameters.map(([name, { initial }]) => [name, initial])),
  }
}

/** How many times a picture is halved for the detail. */
const levels = 4
/** Between the pixels of a picture half as large: bilinear. */
const bilinear = [1 / 8, 3 / 8, 3 / 8, 1 / 8]

/**
 * The distance of two pictures from their difference [1, 3, R, R]: means of its square and its absolute value, and of the
 * absolute value of the bands of its Laplacian pyramid (Burt and Adelson 1983), a coarser one counting twice as much as the
 * one before: without it, edges stay soft.
 */
function pictureLoss(b: Builder, difference: Value, { square, absolute, detail }: TuningWeights): Value {
  const mean = (x: Value) => b.reduceMean(x, { keep: false })
  const terms = [b.mul(mean(b.mul(difference, difference)), square), b.mul(mean(b.abs(difference)), absolute)]
  let finer = difference
  for (let level = 0; detail > 0 && level < levels; level++) {
    const coarser = b.averagePool(finer, { size: 2 })
    const band = b.sub(finer, enlarge(b, coarser, bilinear))
    terms.push(b.mul(mean(b.abs(band)), detail * 2 ** level))
    finer = coarser
  }
  return terms.reduce((x, y) => b.add(x, y))
}
