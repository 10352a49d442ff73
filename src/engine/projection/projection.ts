import type { Image, Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'
import { latentStatistics } from './latent-statistics.ts'
import { noiseByName } from './noise.ts'
import type { Networks } from './objective.ts'
import { generatedImage } from './picture.ts'
import { type Metrics, openProjector } from './projector.ts'
import { MersenneTwister } from './randomness.ts'
import type { ProjectionSettings } from './settings.ts'
import { targetsOf } from './targets.ts'

export interface ProjectionSetup {
  readonly runtime: Runtime
  readonly networks: Networks
  /** Squares of the generator's resolution. */
  readonly look: Image
  readonly landmarks: Image
  /** Heat maps [1, 68, 64, 64] to aim at in place of those that the landmark network sees. */
  readonly drawnMaps?: FloatTensor
  readonly settings: ProjectionSettings
  readonly options?: SessionOptions
}

/** What the caller is told, and asked, while the search goes on. */
export interface ProjectionHooks {
  /** `metrics` are those of the jittered latent that the step started from; `step` counts from 1. */
  onStep?(step: number, metrics: Metrics): void
  /** The picture that the step started from. */
  onPreview?(step: number, image: Image): void
  /** A preview every so many steps; 10 if absent. */
  readonly previewEvery?: number
  /** Asked between two steps; the search then ends with what it has. */
  shouldStop?(): boolean
}

export interface ProjectionResult {
  /** [1, latentCount, w_dim], whatever the space of the search. */
  readonly latent: FloatTensor
  /** A map [H, W] by the name of each noise buffer. */
  readonly noise: Readonly<Record<string, FloatTensor>>
  readonly image: Image
  /** What the average latent shows. */
  readonly start: Image
  /** Of the result, without jitter. */
  readonly metrics: Metrics
  /** Steps done: fewer than asked for if the search was stopped. */
  readonly steps: number
}

/** Searches the latent whose picture has the one picture's look and the other's landmarks. */
export async function project(
  setup: ProjectionSetup,
  hooks: ProjectionHooks = {},
): Promise<ProjectionResult> {
  const { runtime, networks, look, landmarks, drawnMaps, settings, options } = setup
  const statistics = await latentStatistics(runtime, networks.generator)
  const targets = await targetsOf(runtime, networks, look, landmarks, drawnMaps)
  const projector = await openProjector(runtime, networks, statistics, settings.space, options)
  try {
    const random = new MersenneTwister(settings.seed)
    let state = projector.start(random)
    const start = generatedImage((await projector.evaluate(state, targets, settings)).image)
    const every = hooks.previewEvery ?? 10
    while (state.step < settings.steps && !hooks.shouldStop?.()) {
      const { next, metrics, image } = await projector.step(state, targets, settings, random)
      state = next
      hooks.onStep?.(state.step, metrics)
      if (hooks.onPreview !== undefined && state.step % every === 0)
        hooks.onPreview(state.step, generatedImage(image))
    }
    const { metrics, image } = await projector.evaluate(state, targets, settings)
    return {
      latent: inEveryLayer(state.latent.parameter, networks.generator.latentCount),
      noise: noiseByName(networks.generator.noise, state.noise.parameter),
      image: generatedImage(image),
      start,
      metrics,
      steps: state.step,
    }
  } finally {
    await projector.dispose()
  }
}

/** [1, 1, w_dim] repeated for every layer; [1, count, w_dim] as it is. */
export function inEveryLayer({ shape, data }: FloatTensor, count: number): FloatTensor {
  const [, rows, wDim] = shape as [number, number, number]
  if (rows !== 1) return floatTensor(shape, data)
  const repeated = new Float32Array(count * wDim)
  for (let row = 0; row < count; row++) repeated.set(data, row * wDim)
  return floatTensor([1, count, wDim], repeated)
}
