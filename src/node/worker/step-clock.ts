/** How much the last step counts in the running mean of the length of a step. */
const freshness = 0.1

/** Tells how long the rest of a search takes. */
export interface StepClock {
  /** To be asked once after each step, which counts from 1. */
  secondsLeft(step: number): number
}

/** `now` in milliseconds; replaced in tests. */
export function stepClock(steps: number, now: () => number = () => performance.now()): StepClock {
  let last: number | undefined
  let mean: number | undefined
  return {
    secondsLeft(step) {
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
