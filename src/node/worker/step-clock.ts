/** How much the last step counts in the running mean of the length of a step. */
const freshness = 0.1

/** Tells how long the rest of a search takes. */
export interface StepClock {
  /** To be asked once after each step of `steps`; steps count from 1. */
  secondsLeft(step: number, steps: number): number
}

/** `now` in milliseconds; replaced in tests. */
export function stepClock(now: () => number = () => performance.now()): StepClock {
  let last: number | undefined
  let mean: number | undefined
  return {
    secondsLeft(step, steps) {
      const time = now()
      if (last !== undefined) {
        const length = (time - last) / 1000
        mean = mean === undefined ? length : mean + freshness * (length - mean)
      }
      last = time
      // After the first step its length is not known yet: the time before it includes the loading.
      return mean === undefined ? Number.NaN : mean * (steps - step)
    },
  }
}
