import type { Networks } from '../projection/objective.ts'
import { inEveryLayer } from '../projection/projection.ts'
import { atRest, type Projector } from '../projection/projector.ts'
import { MersenneTwister } from '../projection/randomness.ts'
import type { ProjectionSettings } from '../projection/settings.ts'
import type { SequenceTarget, Targets } from '../projection/targets.ts'
import type { FloatTensor } from '../tensor.ts'
import type { AnimationEnd, AskedFrame, FilmHooks } from './film-hooks.ts'
import { type FirstFrame, type FirstFrameSetup, searchFirstFrame } from './first-frame.ts'
import { findFrames } from './found-frames.ts'
import { frameTargets } from './frame-targets.ts'
import { openFilm } from './open-film.ts'

/** The reference's weights of what holds a frame to the one before and to the average latent. */
const held = { smoothness: 0.05, fidelity: 0.05 } as const

/** The settings are those of the first search; the frames have its weights and its space. */
export interface SequenceSetup extends FirstFrameSetup {
  /** What was found before: the first frame, and the latent of the one before those that are asked for, if that is another. */
  readonly first?: FirstFrame
  readonly before?: FloatTensor
  /** Those after the first, or the last of them, one after another. */
  readonly frames: Iterable<AskedFrame>
  /** Of each frame after the first. */
  readonly steps: number
}

/**
 * A film as the reference searches it (lukasuz/stylegan2-landmark-projection): the first frame as a still, then each frame from
 * the latent of the one before, by a schedule and an optimiser that begin anew, with the noise maps as they are. So a frame
 * depends on all before it; from the latent of the one before it has the same bits on the processor.
 *
 * @throws MienError 'stopped' where it was stopped before the first frame was found
 */
export async function animateInTurn(setup: SequenceSetup, hooks: FilmHooks = {}): Promise<AnimationEnd> {
  const { settings, steps, frames } = setup
  const first = setup.first ?? (await searchFirstFrame(setup, hooks))
  if (setup.first === undefined) hooks.onFirst?.(first)
  const film = await openHeld(setup, await setup.networks(), first)
  const { sight, projector, look, noise } = film
  hooks.onLoaded?.()
  try {
    const average = inEveryLayer(film.average, first.latent.shape[1]!)
    let latent = setup.before ?? first.latent
    return await findFrames(first, frames, sight, hooks, async ({ index, target }) => {
      if (projector === undefined) return latent
      const sequence = { previous: latent, average, ...held }
      const aim = { ...frameTargets(look, target), sequence }
      latent = await nextFrame(projector, noise, aim, { ...settings, steps }, index)
      return latent
    })
  } finally {
    await film.dispose()
  }
}

/** In a call of its own, whose end lets the networks go. */
function openHeld(setup: SequenceSetup, networks: Networks, first: FirstFrame) {
  return openFilm(setup, networks, first, { sequence: true })
}

/**
 * The latent of a frame: the reference's search from that of the frame before. Its jitter is drawn by a seed of the frame's own, so
 * that nothing but that latent has to be known of what came before.
 *
 * @param noise all maps in one row
 * @throws MienError as `Projector.step` does
 */
async function nextFrame(
  projector: Pick<Projector, 'step'>,
  noise: FloatTensor,
  targets: Targets & { readonly sequence: SequenceTarget },
  settings: ProjectionSettings,
  index: number,
): Promise<FloatTensor> {
  const fixed = atRest(noise)
  const random = new MersenneTwister(settings.seed + index)
  let state = { step: 0, latent: atRest(targets.sequence.previous), noise: fixed }
  for (let step = 0; step < settings.steps; step++) {
    const { next } = await projector.step(state, targets, settings, random)
    state = { ...next, noise: fixed }
  }
  return state.latent.parameter
}
