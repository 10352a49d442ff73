/** What one step is given. */
export interface StepRates {
  /** Of Adam. */
  readonly learningRate: number
  /** Standard deviation of the latent's jitter, as a multiple of w_std. */
  readonly jitter: number
}

/** The numbers of the projector's schedule; those of StyleGAN2's projector (Karras et al. 2020, appendix D). */
export interface Schedule {
  readonly initialLearningRate: number
  readonly initialJitter: number
  /** Part of the run after which there is no more jitter. */
  readonly jitterPart: number
  /** Part of the run over which the learning rate rises. */
  readonly rampUp: number
  /** Part of the run over which it falls to zero. */
  readonly rampDown: number
}

export const referenceSchedule: Schedule = {
  initialLearningRate: 0.1,
  initialJitter: 0.05,
  jitterPart: 0.75,
  rampUp: 0.05,
  rampDown: 0.25,
}

/** Of the part of a search that explores, where it ends by L-BFGS: as the reference, but the fall takes longer. */
export const exploringSchedule: Schedule = { ...referenceSchedule, rampDown: 0.4 }

/** Of the noise while the latent descends by L-BFGS. */
export const descendingSchedule: Schedule = {
  ...{ initialLearningRate: 0.03, initialJitter: 0, jitterPart: 1 },
  ...{ rampUp: 0, rampDown: 1 },
}

/** Of what is left of a search whose loss was too rough for L-BFGS: it leaves its place once more. */
export const restartSchedule: Schedule = {
  ...{ initialLearningRate: 0.1, initialJitter: 0, jitterPart: 1 },
  ...{ rampUp: 0.1, rampDown: 0.5 },
}

/** The rates at `time`, the part of the run that is over: step / steps, 0 <= time < 1. */
export function ratesAt(time: number, schedule: Schedule = referenceSchedule): StepRates {
  const down = Math.min(1, (1 - time) / schedule.rampDown)
  const up = schedule.rampUp === 0 ? 1 : Math.min(1, time / schedule.rampUp)
  return {
    learningRate: schedule.initialLearningRate * (0.5 - 0.5 * Math.cos(down * Math.PI)) * up,
    jitter: schedule.initialJitter * Math.max(0, 1 - time / schedule.jitterPart) ** 2,
  }
}

/**
 * The time of a live run at a step, for `ratesAt`. It grows as in a run of `steps` steps, but stops where the learning
 * rate would begin to fall: there the jitter is over and the rate is whole. From the step `finishAt` on it goes on
 * from there, so that the rate falls as the reference's does.
 */
export function liveTime(
  step: number,
  steps: number,
  finishAt: number | undefined,
  { rampDown }: Schedule = referenceSchedule,
): number {
  const plateau = 1 - rampDown
  const finishing = finishAt !== undefined && step >= finishAt
  return finishing ? plateau + (step - finishAt) / steps : Math.min(step / steps, plateau)
}

/** The steps that a live run of the scale `steps` takes from the beginning of its ramp down to its end. */
export function rampDownSteps(steps: number, { rampDown }: Schedule = referenceSchedule): number {
  return Math.ceil(rampDown * steps)
}

/** The time at which a part of the ramp down is over, 0..1. */
export function rampDownTime(part: number, { rampDown }: Schedule = referenceSchedule): number {
  return 1 - rampDown * (1 - part)
}
