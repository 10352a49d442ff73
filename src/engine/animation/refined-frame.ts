import { atRest, type Projector } from '../projection/projector.ts'
import { MersenneTwister } from '../projection/randomness.ts'
import type { StepRates } from '../projection/schedule.ts'
import type { ProjectionSettings } from '../projection/settings.ts'
import type { Targets } from '../projection/targets.ts'
import type { FloatTensor } from '../tensor.ts'
import { usualFrameSteps } from './frame-steps.ts'

/** A small one, as the start is near; at the still search's 0.1 so few steps leave it again. */
const learningRate = 0.03

/** The part of a frame's steps at the whole rate. */
const wholePart = 0.6

/** The rates of a frame's step: without jitter, and falling by half a cosine to nothing. */
export function frameRates(step: number, steps: number): StepRates {
  const time = (step + 0.5) / steps
  const left = time < wholePart ? 1 : 0.5 + 0.5 * Math.cos((Math.PI * (time - wholePart)) / (1 - wholePart))
  return { learningRate: learningRate * left, jitter: 0 }
}

/**
 * A frame's latent after some steps of Adam, whose moments begin at nothing, with the noise maps as they are.
 *
 * @param noise all maps in one row
 * @throws MienError as `Projector.step` does
 */
export async function refinedFrame(
  projector: Pick<Projector, 'step'>,
  start: FloatTensor,
  noise: FloatTensor,
  targets: Targets,
  settings: ProjectionSettings,
  steps = usualFrameSteps,
): Promise<FloatTensor> {
  const fixed = atRest(noise)
  // Nothing is drawn of it without jitter.
  const random = new MersenneTwister(0)
  let state = { step: 0, latent: atRest(start), noise: fixed }
  for (let step = 0; step < steps; step++) {
    const rates = frameRates(step, steps)
    const { next } = await projector.step(state, targets, { ...settings, steps }, random, rates)
    state = { ...next, noise: fixed }
  }
  return state.latent.parameter
}

/**
 * The latent of the two whose loss is less, without jitter; the first where neither is better.
 *
 * @throws MienError as `Projector.evaluate` does
 */
export async function betterFrame(
  projector: Pick<Projector, 'evaluate'>,
  one: FloatTensor,
  other: FloatTensor,
  noise: FloatTensor,
  targets: Targets,
  settings: ProjectionSettings,
): Promise<FloatTensor> {
  const lossOf = async (latent: FloatTensor) => {
    const state = { step: 0, latent: atRest(latent), noise: atRest(noise) }
    return (await projector.evaluate(state, targets, settings)).metrics.loss
  }
  return (await lossOf(other)) < (await lossOf(one)) ? other : one
}
