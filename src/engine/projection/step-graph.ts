import { gradients } from '../graph/backward.ts'
import { type Builder, createBuilder } from '../graph/builder.ts'
import { costOf, type GraphCost } from '../graph/cost.ts'
import { halfPrecision } from '../graph/half-precision.ts'
import { type OnnxOptions, serialise } from '../graph/onnx.ts'
import type { Value } from '../graph/value.ts'
import type { Generator, NoiseMap } from '../network/stylegan2/generator.ts'
import type { Model, Precision, Provider } from '../runtime.ts'
import { sizeOf } from '../tensor.ts'
import { buildObjective, type ExtraTerms, type Networks, type Objective } from './objective.ts'
import { type AdamDecays, adam, type Moments } from './optimiser.ts'
import type { LatentSpace } from './settings.ts'

export interface StepGraph {
  /** ONNX. */
  readonly model: Model
  /** The terms that it gives as scalars, and 'loss', besides 'image', 'heatMaps' and the next state. */
  readonly metrics: readonly string[]
  /** Elements of all noise maps together. */
  readonly noiseSize: number
  readonly latentShape: readonly [1, number, number]
}

/** The flat noise [size] as one map [H, W] for each noise input, by name. */
export function splitNoise(b: Builder, flat: Value, maps: readonly NoiseMap[]): ReadonlyMap<string, Value> {
  let end = 0
  return new Map(
    maps.map(({ name, shape }) => {
      const start = end
      end += sizeOf(shape)
      return [name, b.reshape(b.slice(flat, { axis: 0, start, end }), { shape })]
    }),
  )
}

function joinNoise(b: Builder, maps: readonly Value[]): Value {
  return b.concat(
    maps.map((map) => b.reshape(map, { shape: [sizeOf(map.shape)] })),
    { axis: 0 },
  )
}

/** To mean 0 and mean square 1, as after every step of the reference. */
function renormalised(b: Builder, map: Value): Value {
  const centred = b.sub(map, b.reduceMean(map, {}))
  return b.div(centred, b.sqrt(b.reduceMean(b.mul(centred, centred), {})))
}

export function latentShapeOf(
  { generator }: { readonly generator: Pick<Generator, 'latentCount' | 'wDim'> },
  space: LatentSpace,
): readonly [1, number, number] {
  return [1, space === 'w' ? 1 : generator.latentCount, generator.wDim]
}

function totalNoise(maps: readonly NoiseMap[]): number {
  return maps.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
}

/** The values of a step by the names of its outputs, and what describes them. */
export interface StepOutputs extends Omit<StepGraph, 'model'> {
  readonly outputs: Readonly<Record<string, Value>>
}

/**
 * One step as one graph: generator, losses, gradients, Adam, renormalisation of the noise.
 *
 * Inputs besides those of the objective: `latent` (latentShape), `noise` [noiseSize], each with `.first` and
 * `.second` (Adam's moments), `jitter` (added to the latent before it is judged), `learningRate`, `correction1`,
 * `correction2`. Outputs: `next.latent`, `next.noise` and their moments, `image`, `heatMaps`, and a scalar a metric.
 *
 * @param lossScale a power of two by which the gradients are larger on their way
 */
export function buildStepOutputs(
  networks: Networks,
  space: LatentSpace,
  extra: ExtraTerms = {},
  lossScale = 1,
  decays?: AdamDecays,
): StepOutputs {
  const b = createBuilder()
  const maps = networks.generator.noise
  const noiseSize = totalNoise(maps)
  const latentShape = latentShapeOf(networks, space)
  const moments = (name: string, shape: readonly number[]): Moments<Value> => ({
    parameter: b.input(name, shape),
    first: b.input(`${name}.first`, shape),
    second: b.input(`${name}.second`, shape),
  })
  const latent = moments('latent', latentShape)
  const noise = moments('noise', [noiseSize])
  const jittered = b.add(latent.parameter, b.input('jitter', latentShape))
  const noiseMaps = splitNoise(b, noise.parameter, maps)
  const objective = buildObjective(b, networks, jittered, noiseMaps, extra, latent.parameter)
  const scalars = {
    learningRate: b.input('learningRate', []),
    correction1: b.input('correction1', []),
    correction2: b.input('correction2', []),
  }
  const scaled = b.mul(objective.loss, lossScale)
  const [latentGradient, ...mapGradients] = gradients(b, scaled, [
    latent.parameter,
    ...noiseMaps.values(),
  ]).map((gradient) => b.div(gradient, lossScale))
  const nextLatent = b.scope('adam.latent', () => adam(b, latent, latentGradient!, scalars, decays))
  const nextNoise = b.scope('adam.noise', () => adam(b, noise, joinNoise(b, mapGradients), scalars, decays))
  const renewed = b.scope('renormalise', () =>
    joinNoise(
      b,
      [...splitNoise(b, nextNoise.parameter, maps).values()].map((map) => renormalised(b, map)),
    ),
  )
  const metrics = metricsOf(objective)
  const outputs = {
    image: objective.image,
    heatMaps: objective.heatMaps,
    ...metrics,
    'next.latent': nextLatent.parameter,
    'next.latent.first': nextLatent.first,
    'next.latent.second': nextLatent.second,
    'next.noise': renewed,
    'next.noise.first': nextNoise.first,
    'next.noise.second': nextNoise.second,
  }
  return { outputs, metrics: Object.keys(metrics), noiseSize, latentShape }
}

/**
 * Factor of the loss where its gradients are taken in float16, undone where they leave: a power of two, which changes no
 * digit, so that less vanishes in halves. On the pack the gradient is 2e-3 from float32 with and without it, but where
 * the weights are a thousandth of the reference's, 4e-2 without it; the largest entry on the way is 4000 of 65504.
 */
const halfLossScale = 2 ** 10

/**
 * The latent's batch, from which all that is drawn has its own, is open on the processor: only there was the gain measured,
 * and others compile kernels for the shapes that they are told.
 */
export function openOn(provider: Provider): OnnxOptions {
  return provider === 'cpu' ? { openBatches: new Set(['latent']) } : {}
}

export interface StepGraphOptions {
  /** float32 if absent. */
  readonly precision?: Precision | undefined
  /** On which it runs; the processor if absent. */
  readonly provider?: Provider
  /** The optimiser's; those of the reference if absent. */
  readonly decays?: AdamDecays | undefined
}

/** The step as ONNX, see `buildStepOutputs`. */
export function buildStepGraph(
  networks: Networks,
  space: LatentSpace,
  extra: ExtraTerms = {},
  { precision = 'float32', provider = 'cpu', decays }: StepGraphOptions = {},
): StepGraph & { readonly cost: GraphCost } {
  const isHalf = precision === 'float16'
  const { outputs, ...rest } = buildStepOutputs(networks, space, extra, isHalf ? halfLossScale : 1, decays)
  return {
    model: serialise(isHalf ? halfPrecision(outputs) : outputs, openOn(provider)),
    cost: costOf(Object.values(outputs)),
    ...rest,
  }
}

function metricsOf({ terms, loss }: Objective): Record<string, Value> {
  return { ...terms, loss }
}

/**
 * The objective alone, for `latent` and the flat `noise`: outputs `image`, a scalar a metric, and with
 * `withGradients` also `gradient.latent` and `gradient.noise`, flat.
 */
export function buildEvaluationGraph(
  networks: Networks,
  space: LatentSpace,
  withGradients: boolean,
  extra: ExtraTerms = {},
): StepGraph {
  const b = createBuilder()
  const maps = networks.generator.noise
  const noiseSize = totalNoise(maps)
  const latentShape = latentShapeOf(networks, space)
  const latent = b.input('latent', latentShape)
  const noiseMaps = splitNoise(b, b.input('noise', [noiseSize]), maps)
  const objective = buildObjective(b, networks, latent, noiseMaps, extra)
  const metrics = metricsOf(objective)
  const outputs: Record<string, Value> = { image: objective.image, ...metrics }
  if (withGradients) {
    const [latentGradient, ...mapGradients] = gradients(b, objective.loss, [latent, ...noiseMaps.values()])
    outputs['gradient.latent'] = latentGradient!
    outputs['gradient.noise'] = joinNoise(b, mapGradients)
  }
  return { model: serialise(outputs), metrics: Object.keys(metrics), noiseSize, latentShape }
}
