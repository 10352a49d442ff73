/** How fast something grows. */
export interface Rate {
  /** In units a second, over the last seconds; null until that can be told. */
  at(now: number, amount: number): number | null
}

/** What came in the last seconds says more of the next than the mean since the beginning. */
const windowMilliseconds = 8000
/** Over less than that a speed is chance. */
const leastMilliseconds = 500

/** Moments are in milliseconds. */
export function createRate(): Rate {
  let samples: readonly (readonly [moment: number, amount: number])[] = []
  return {
    at(now, amount) {
      // What began anew has no speed to compare with.
      const going = samples.filter(
        ([moment, before]) => before <= amount && moment > now - windowMilliseconds,
      )
      const last = going.at(-1)
      samples =
        last !== undefined && now - last[0] < leastMilliseconds / 5 ? going : [...going, [now, amount]]
      const [moment, before] = samples[0]!
      return now - moment < leastMilliseconds ? null : (1000 * (amount - before)) / (now - moment)
    },
  }
}
