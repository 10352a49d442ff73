import { MienError } from '../errors.ts'
import type { Networks } from '../projection/objective.ts'
import { faceDirections, principalDirections } from '../projection/principal-directions.ts'
import type { FloatTensor } from '../tensor.ts'
import { type FilmDirections, findFilmDirections, linearStarts } from './film-directions.ts'
import type { AnimationEnd, AskedFrame, FilmHooks, FrameAgain } from './film-hooks.ts'
import type { FilmSight } from './film-sight.ts'
import { type FirstFrame, type FirstFrameSetup, searchFirstFrame } from './first-frame.ts'
import { findFrames } from './found-frames.ts'
import { frameTargets } from './frame-targets.ts'
import { type OpenFilm, openFilm } from './open-film.ts'
import { betterFrame, refinedFrame } from './refined-frame.ts'

/** The settings are those of the first search; the frames have its weights and its space. */
export interface AnimationSetup extends FirstFrameSetup {
  /** What was found before. With both, a frame has the same bits on the processor whichever others are asked for. */
  readonly first?: FirstFrame
  readonly directions?: FilmDirections
  /** Those that are asked for, in that order. */
  readonly frames: readonly (AskedFrame & { readonly again?: FrameAgain })[]
  /** Of each frame; with none a frame is its linear start. */
  readonly steps: number
}

export interface AnimationHooks extends FilmHooks {
  /** So many directions of all were looked along; the caller may stop between two of them. */
  onDirection?(done: number, of: number): void
  onDirections?(directions: FilmDirections): void
}

/**
 * A film of what the generator draws. One frame is searched for as a still. Then it is looked once how landmarks and colours
 * change about its latent; every frame starts from one solve and takes a few steps from there. So a frame depends on the first
 * one, the directions, its own target and its steps alone: nothing drifts, and any frame can be had at once, or again by more steps.
 *
 * @throws MienError 'stopped' where it was stopped before the directions were found
 */
export async function animate(setup: AnimationSetup, hooks: AnimationHooks = {}): Promise<AnimationEnd> {
  const { settings, steps, frames } = setup
  const first = setup.first ?? (await searchFirstFrame(setup, hooks))
  if (setup.first === undefined) hooks.onFirst?.(first)
  const { film, vectors } = await openAlong(setup, await setup.networks(), first)
  const { sight, projector, look, noise } = film
  hooks.onLoaded?.()
  try {
    const directions = setup.directions ?? (await lookAround(first, sight, vectors, hooks))
    if (setup.directions === undefined) hooks.onDirections?.(directions)
    const starts = linearStarts(first.latent, directions)
    return await findFrames(first, frames, sight, hooks, async ({ target, again }) => {
      const start = starts.at(target)
      if (projector === undefined) return start
      const aim = frameTargets(look, target)
      const by = (count: number) => refinedFrame(projector, start, noise, aim, settings, count)
      const before = again?.found ?? (await by(steps))
      if (again === undefined) return before
      return betterFrame(projector, before, await by(again.steps), noise, aim, settings)
    })
  } finally {
    await film.dispose()
  }
}

/** In a call of its own, whose end lets the networks go. The vectors are directions of w, [count, w_dim]. */
async function openAlong(
  setup: AnimationSetup,
  networks: Networks,
  first: FirstFrame,
): Promise<{ readonly film: OpenFilm; readonly vectors: FloatTensor }> {
  const { runtime, options } = setup
  const { generator } = networks
  const count = Math.min(faceDirections, generator.wDim)
  const { directions: vectors = await principalDirections(runtime, generator, count, options) } =
    setup.directions ?? {}
  const steps = Math.max(setup.steps, ...setup.frames.map(({ again }) => again?.steps ?? 0))
  return { film: await openFilm({ ...setup, steps }, networks, first), vectors }
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
