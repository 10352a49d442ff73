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

/** The rates at `time`, the part of the run that is over: step / steps, 0 <= time < 1. */
export function ratesAt(time: number, schedule: Schedule = referenceSchedule): StepRates {
  const down = Math.min(1, (1 - time) / schedule.rampDown)
  const up = Math.min(1, time / schedule.rampUp)
  return {
    learningRate: schedule.initialLearningRate * (0.5 - 0.5 * Math.cos(down * Math.PI)) * up,
    jitter: schedule.initialJitter * Math.max(0, 1 - time / schedule.jitterPart) ** 2,
  }
}
