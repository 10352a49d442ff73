/** How long the engine may be silent, in seconds. */
export interface Deadlines {
  /** Until the first step is done, and for jobs without steps: from one message to the next. */
  readonly loading: number
  /** After that the larger of `step` and so many times the median length of a step. */
  readonly step: number
  readonly stepLengths: number
}

export const deadlines: Deadlines = { loading: 300, step: 60, stepLengths: 20 }

/** Steps of which the median is taken: the last ones. */
const remembered = 101

/** Measures silence: `session.run` blocks the thread of the engine, so it cannot send heartbeats. */
export interface SilenceWatch {
  begin(): void
  heard(what: 'step' | 'other'): void
  /** A run that waits for its user is silent. */
  paused(paused: boolean): void
  end(): void
}

/** Calls `onSilence` once when a deadline is missed. */
export function silenceWatch(onSilence: (seconds: number) => void, limits: Deadlines): SilenceWatch {
  let timer: NodeJS.Timeout | undefined
  let last = 0
  let lengths: number[] = []
  let stepped = false
  let resting = false
  function wait(): void {
    clearTimeout(timer)
    if (resting) return
    const seconds = stepped ? Math.max(limits.step, limits.stepLengths * median(lengths)) : limits.loading
    timer = setTimeout(() => onSilence(seconds), seconds * 1000)
  }
  return {
    begin() {
      lengths = []
      stepped = false
      resting = false
      wait()
    },
    heard(what) {
      const now = performance.now()
      if (what === 'step') {
        // The time before the first step includes the loading.
        if (stepped) lengths = [...lengths, (now - last) / 1000].slice(-remembered)
        stepped = true
        last = now
      }
      wait()
    },
    paused(paused) {
      last = performance.now()
      resting = paused
      wait()
    },
    end() {
      clearTimeout(timer)
    },
  }
}

/** 0 for none. */
function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}
