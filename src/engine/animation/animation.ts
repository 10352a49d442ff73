import { MienError } from '../errors.ts'
import { coarseNetworks } from '../projection/coarse-networks.ts'
import { latentStatistics } from '../projection/latent-statistics.ts'
import { flatNoise } from '../projection/noise.ts'
import { extraTerms, type Networks } from '../projection/objective.ts'
import { faceDirections, principalDirections } from '../projection/principal-directions.ts'
import type { ProjectionHooks } from '../projection/projection.ts'
import { openProjector, type Projector } from '../projection/projector.ts'
import { targetsOf } from '../projection/targets.ts'
import type { Image } from '../runtime.ts'
import type { FloatTensor } from '../tensor.ts'
import { type FilmDirections, findFilmDirections, linearStarts } from './film-directions.ts'
import { type FilmSight, openFilmSight } from './film-sight.ts'
import { type FirstFrame, type FirstFrameSetup, firstSquares, searchFirstFrame } from './first-frame.ts'
import { type FilmLook, frameError, frameTargets } from './frame-targets.ts'
import { refinedFrame } from './refined-frame.ts'

/** The settings are those of the first search; the frames have its weights and its space. */
export interface AnimationSetup extends FirstFrameSetup {
  /** What was found before. With both, a frame has the same bits on the processor whichever others are asked for. */
  readonly first?: FirstFrame
  readonly directions?: FilmDirections
  /** Those that are asked for, in that order: targets are 68 x (x, y), fractions of the square. */
  readonly frames: Iterable<{ readonly index: number; readonly target: ArrayLike<number> }>
  /** Of each frame; with none a frame is its linear start. */
  readonly steps: number
}

/** One frame, found. */
export interface FoundFrame {
  readonly index: number
  /** In the shape of the first frame's. */
  readonly latent: FloatTensor
  /** What is drawn of it, in the size in which it was searched. */
  readonly image: Image
  /** See `frameError`. */
  readonly error: number
}

export interface AnimationHooks extends Pick<ProjectionHooks, 'onStep' | 'onLoaded'> {
  onFirst?(first: FirstFrame): void
  /** So many directions of all were looked along. */
  onDirection?(done: number, of: number): void
  onDirections?(directions: FilmDirections): void
  /** The next frame is begun when it is over. */
  onFrame?(frame: FoundFrame): Promise<void> | void
  /** Asked between two steps of the first search, and between two frames. */
  whilePaused?(): Promise<void> | undefined
  /** Asked in the same places, and between two directions. */
  shouldStop?(): boolean
}

/** Why it ended. */
export interface AnimationEnd {
  readonly first: FirstFrame
  /** Frames that were found. */
  readonly count: number
  readonly stopped: boolean
}

/**
 * A film of what the generator draws. One frame is searched for as a still. Then it is looked once how landmarks and colours
 * change about its latent; every frame starts from one solve and takes a few steps from there. So a frame depends on the first
 * one, the directions and its own target alone: nothing drifts, and any frame can be had at once, or again.
 *
 * @throws MienError 'stopped' where it was stopped before the directions were found
 */
export async function animate(setup: AnimationSetup, hooks: AnimationHooks = {}): Promise<AnimationEnd> {
  const { settings, steps, frames } = setup
  const first = setup.first ?? (await searchFirstFrame(setup, hooks))
  if (setup.first === undefined) hooks.onFirst?.(first)
  const { sight, projector, vectors, look, noise } = await openFilm(setup, await setup.networks(), first)
  hooks.onLoaded?.()
  try {
    const directions = setup.directions ?? (await lookAround(first, sight, vectors, hooks))
    if (setup.directions === undefined) hooks.onDirections?.(directions)
    const starts = linearStarts(first.latent, directions)
    let count = 0
    for (const { index, target } of frames) {
      await hooks.whilePaused?.()
      if (hooks.shouldStop?.()) return { first, count, stopped: true }
      const start = starts.at(target)
      const aim = frameTargets(look, target)
      const latent =
        projector === undefined ? start : await refinedFrame(projector, start, noise, aim, settings, steps)
      const { image, points } = await sight.look(latent)
      count++
      await hooks.onFrame?.({ index, latent, image, error: frameError(points, target) })
    }
    return { first, count, stopped: false }
  } finally {
    await sight.dispose()
    await projector?.dispose()
  }
}

/** What frames are searched with. */
interface OpenFilm {
  readonly sight: FilmSight
  /** Absent where frames take no steps. */
  readonly projector: Projector | undefined
  /** Directions of w, [count, w_dim]. */
  readonly vectors: FloatTensor
  readonly look: FilmLook
  /** All maps in one row. */
  readonly noise: FloatTensor
}

/** In a call of its own, whose end lets the networks go. */
async function openFilm(setup: AnimationSetup, whole: Networks, first: FirstFrame): Promise<OpenFilm> {
  const { runtime, settings, options, firstTarget, steps } = setup
  const { generator } = whole
  const { landmarkMask, space } = settings
  const noise = flatNoise(generator.noise, first.noise)
  const squares = firstSquares(setup.look, firstTarget)
  const targets = await targetsOf(runtime, whole, squares, { ...options, landmarkMask })
  const extra = await extraTerms(runtime, whole, settings, options)
  const networks = (settings.coarseFirst ? coarseNetworks(whole, extra) : undefined) ?? whole
  const count = Math.min(faceDirections, generator.wDim)
  const { directions: vectors = await principalDirections(runtime, generator, count, options) } =
    setup.directions ?? {}
  const statistics = await latentStatistics(runtime, generator, undefined, options)
  const projector =
    steps === 0 ? undefined : await openProjector(runtime, networks, statistics, space, { ...options, extra })
  const sight = await openFilmSight(runtime, networks, space, noise, options)
  const look = { targets, deviation: setup.look.deviation, resolution: generator.resolution, landmarkMask }
  return { sight, projector, vectors, look, noise }
}

function lookAround(
  { latent }: FirstFrame,
  sight: FilmSight,
  vectors: FloatTensor,
  { onDirection, shouldStop }: AnimationHooks,
): Promise<FilmDirections> {
  const [count] = vectors.shape as [number, number]
  let done = 0
  return findFilmDirections(sight, latent, vectors, () => {
    if (shouldStop?.()) throw new MienError('stopped', 'Stopped before the directions were found.')
    onDirection?.(++done, count)
  })
}
