import type { Generator } from '../network/stylegan2/generator.ts'
import type { NamedTensors, Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'
import { adamScalars } from './optimiser.ts'
import { allFinite, brokenOutput } from './projection-state.ts'
import { MersenneTwister } from './randomness.ts'
import { buildTuningGraph, type TuningWeights } from './tuning-graph.ts'

/** A picture that the generator is to draw of a latent. */
export interface TuningPair {
  /** [1, 1, w_dim] */
  readonly latent: FloatTensor
  /** [1, 3, R, R], -1..1. */
  readonly picture: FloatTensor
  /** How often it is drawn for a step, against the others. */
  readonly share: number
}

export interface TuningSettings {
  readonly steps: number
  /** Of Adam, at its largest. */
  readonly rate: number
  readonly seed: number
  readonly weights: TuningWeights
}

/** For the pack, whose weights are of order 1; found by looking at eight pairs of photographs. */
export const packTuning: TuningSettings = {
  steps: 350,
  rate: 3e-2,
  seed: 303,
  weights: { square: 2, absolute: 1, detail: 0.5 },
}

export interface TuningProgress {
  readonly step: number
  readonly loss: number
  /** Of the weights before the step. */
  readonly image: FloatTensor
  /** The number of the pair. */
  readonly pair: number
}

/** What a tuning has found. */
export interface Tuned {
  /** The weights that were tuned, by the names of the checkpoint. */
  readonly weights: Readonly<Record<string, FloatTensor>>
  readonly steps: number
  readonly stopped: boolean
}

/**
 * Tunes a generator on pictures of one person until it draws them (Roich et al. 2022, "Pivotal Tuning for Latent-based
 * Editing of Real Images"), here on several pictures along a path of latents, so that what lies between is that person, too.
 *
 * @param shouldStop asked after every step
 */
export async function tuneGenerator(
  runtime: Runtime,
  generator: Generator,
  pairs: readonly TuningPair[],
  { steps, rate, seed, weights }: TuningSettings,
  onStep: (progress: TuningProgress) => void,
  shouldStop: () => boolean = () => false,
  options?: SessionOptions,
): Promise<Tuned> {
  const graph = buildTuningGraph(generator, weights, isTuned)
  const session = await runtime.load(graph.model, options)
  const random = new MersenneTwister(seed)
  let state: NamedTensors = Object.fromEntries(
    [...graph.parameters].flatMap(([name, tensor]) => [
      [name, tensor],
      [`${name}.first`, zerosLike(tensor)],
      [`${name}.second`, zerosLike(tensor)],
    ]),
  )
  let step = 0
  let stopped = false
  try {
    while (step < steps && !stopped) {
      const pair = drawn(pairs, random.uniform())
      const { latent, picture } = pairs[pair]!
      const { learningRate, correction1, correction2 } = adamScalars(rateAt(step, steps, rate), step + 1)
      const outputs = await session.run({
        ...state,
        ...{ latent, picture },
        learningRate: floatTensor([], [learningRate]),
        correction1: floatTensor([], [correction1]),
        correction2: floatTensor([], [correction2]),
      })
      const loss = Number(outputs.loss!.data[0])
      if (!Number.isFinite(loss)) throw brokenOutput(String(loss), 'loss')
      state = Object.fromEntries(Object.keys(state).map((name) => [name, outputs[`next.${name}`]!]))
      step++
      onStep({ step, loss, image: outputs.image as FloatTensor, pair })
      stopped = step < steps && shouldStop()
    }
  } finally {
    await session.dispose()
  }
  const tuned = [...graph.parameters.keys()].map((name) => [name, state[name] as FloatTensor] as const)
  const broken = tuned.find(([, tensor]) => !allFinite(tensor))
  if (broken !== undefined) throw brokenOutput('NaN', broken[0])
  return { weights: Object.fromEntries(tuned), steps: step, stopped }
}

/** All of the synthesis but the strengths of the noise: nothing is drawn with noise while it is tuned. */
function isTuned(name: string): boolean {
  return name.startsWith('synthesis.') && !name.endsWith('.noise_strength')
}

/** Rises over ten steps, and falls to nothing over the second half. */
function rateAt(step: number, steps: number, rate: number): number {
  const up = Math.min(1, (step + 1) / 10)
  const down = Math.max(0, 2 * (step / steps) - 1)
  return rate * up * (0.5 + 0.5 * Math.cos(Math.PI * down))
}

/** The number of a pair, by a number of 0..1. */
function drawn(pairs: readonly TuningPair[], place: number): number {
  const total = pairs.reduce((sum, { share }) => sum + share, 0)
  let left = place * total
  const found = pairs.findIndex(({ share }) => {
    left -= share
    return left < 0
  })
  return found < 0 ? pairs.length - 1 : found
}

function zerosLike({ shape, data }: FloatTensor): FloatTensor {
  return floatTensor(shape, new Float32Array(data.length))
}
