/** How much the last step counts in the running mean of the length of a step. */
const freshness = 0.1

/** Steps whose median is taken, at most; and at least, since single ones are chance. */
const [mostSteps, leastSteps] = [200, 5]

/** Tells how long the rest of a search takes, and a step. */
export interface StepClock {
  /** The steps that follow are of another graph, and the time until the first of them is not one's length. */
  ofNewGraph(): void
  /** To be asked once after each step of `steps`; steps count from 1. */
  secondsLeft(step: number, steps: number): number
  /** The median of the last steps, so that pauses do not count; undefined before there were some. */
  readonly stepSeconds: number | undefined
}

/** `now` in milliseconds; replaced in tests. */
export function stepClock(now: () => number = () => performance.now()): StepClock {
  let last: number | undefined
  let mean: number | undefined
  let lengths: readonly number[] = []
  return {
    ofNewGraph() {
      last = undefined
      lengths = []
    },
    secondsLeft(step, steps) {
      const time = now()
      if (last !== undefined) {
        const length = (time - last) / 1000
        mean = mean === undefined ? length : mean + freshness * (length - mean)
        lengths = [...lengths, length].slice(-mostSteps)
      }
      last = time
      // After the first step its length is not known yet: the time before it includes the loading.
      return mean === undefined ? Number.NaN : mean * (steps - step)
    },
    get stepSeconds() {
      return lengths.length < leastSteps ? undefined : lengths.toSorted((a, b) => a - b)[lengths.length >> 1]
    },
  }
}
