import type { NamedTensors, Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'
import type { Networks } from './objective.ts'
import { adamScalars, type Moments, momentTensors } from './optimiser.ts'
import { allFinite, brokenOutput } from './projection-state.ts'
import { atRest } from './projector.ts'
import { MersenneTwister, type RandomState } from './randomness.ts'
import { buildFeatureGraph, buildTuningGraph } from './tuning-graph.ts'
import type { TuningSettings } from './tuning-settings.ts'

/** A picture that the generator is to draw of a latent. */
export interface TuningPair {
  /** [1, 1, w_dim] or [1, num_ws, w_dim], of one kind for all pairs. */
  readonly latent: FloatTensor
  /** [1, 3, R, R], -1..1. */
  readonly picture: FloatTensor
  /** How often it is drawn for a step, against the others. */
  readonly share: number
}

export interface TuningProgress {
  readonly step: number
  readonly loss: number
  /** Of the weights before the step. */
  readonly image: FloatTensor
  /** The number of the pair. */
  readonly pair: number
}

/** Where a tuning stands, whole: with the same generator, pairs and settings it goes on to the same bits. */
export interface TuningState {
  /** Steps done. */
  readonly step: number
  readonly random: RandomState
  /** By the names of the checkpoint. */
  readonly weights: ReadonlyMap<string, Moments<FloatTensor>>
}

export interface TuningHooks {
  onStep?(progress: TuningProgress): void
  /** After each step all that is needed to go on from there. */
  onState?(state: TuningState): void
  /** Asked between two steps; the tuning then ends with what it has. */
  shouldStop?(): boolean
}

/** What a tuning has found. */
export interface Tuned {
  /** The weights that were tuned, by the names of the checkpoint. */
  readonly weights: ReadonlyMap<string, FloatTensor>
  readonly steps: number
  readonly stopped: boolean
}

/**
 * Tunes a generator on pictures of one person until it draws them (Roich et al. 2022, "Pivotal Tuning for Latent-based
 * Editing of Real Images"), here on several pictures along a path of latents, so that what lies between is that person, too.
 * Nothing is drawn with noise.
 *
 * @param from where to go on; the generator's own weights if absent
 * @throws MienError 'device' if a number is not finite
 */
export async function tuneGenerator(
  runtime: Runtime,
  networks: Pick<Networks, 'generator' | 'perceptual'>,
  pairs: readonly TuningPair[],
  { steps, rate, seed, weights }: Omit<TuningSettings, 'ownSteps' | 'locality'>,
  { onStep, onState, shouldStop }: TuningHooks = {},
  { from, ...options }: SessionOptions & { readonly from?: TuningState | undefined } = {},
): Promise<Tuned> {
  const rows = pairs[0]!.latent.shape[1]!
  const graph = buildTuningGraph(networks, rows, weights, isTuned, runtime.provider)
  let state: TuningState = from ?? {
    step: 0,
    random: new MersenneTwister(seed).state,
    weights: new Map([...graph.parameters].map(([name, tensor]) => [name, atRest(tensor)])),
  }
  const random = new MersenneTwister(state.random)
  const features = weights.perceptual > 0 ? await featuresOf(runtime, networks, pairs, options) : []
  const session = await runtime.load(graph.model, options)
  try {
    while (state.step < steps && shouldStop?.() !== true) {
      const pair = drawn(pairs, random.uniform())
      const { latent, picture } = pairs[pair]!
      const scalars = adamScalars(rateAt(state.step, steps, rate), state.step + 1)
      const outputs = await session.run({
        ...{ latent, picture, ...features[pair] },
        ...Object.fromEntries(
          Object.entries(scalars).map(([name, value]) => [name, floatTensor([], [value])]),
        ),
        ...Object.fromEntries(
          [...state.weights].flatMap(([name, moments]) => Object.entries(momentTensors(name, moments))),
        ),
      })
      const loss = Number(outputs.loss!.data[0])
      if (!Number.isFinite(loss)) throw brokenOutput(String(loss), 'loss')
      const next = (name: string) => outputs[`next.${name}`] as FloatTensor
      state = {
        step: state.step + 1,
        random: random.state,
        weights: new Map(
          [...state.weights.keys()].map((name) => [
            name,
            { parameter: next(name), first: next(`${name}.first`), second: next(`${name}.second`) },
          ]),
        ),
      }
      onStep?.({ step: state.step, loss, image: outputs.image as FloatTensor, pair })
      onState?.(state)
    }
  } finally {
    await session.dispose()
  }
  const tuned = [...state.weights].map(([name, { parameter }]) => [name, parameter] as const)
  const broken = tuned.find(([, tensor]) => !allFinite(tensor))
  if (broken !== undefined) throw brokenOutput('NaN', broken[0])
  return { weights: new Map(tuned), steps: state.step, stopped: state.step < steps }
}

/** What the perceptual network sees of each picture, by the names of the graph's inputs. */
async function featuresOf(
  runtime: Runtime,
  { generator, perceptual }: Pick<Networks, 'generator' | 'perceptual'>,
  pairs: readonly TuningPair[],
  options: SessionOptions,
): Promise<readonly NamedTensors[]> {
  const session = await runtime.load(buildFeatureGraph(perceptual, generator.resolution), options)
  try {
    const features: NamedTensors[] = []
    for (const { picture } of pairs) features.push(await session.run({ picture }))
    return features
  } finally {
    await session.dispose()
  }
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
