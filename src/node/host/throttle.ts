/** Does something now and then, however often it is asked for. */
export interface Throttle {
  /** Asks for it: at once if the last time is long enough ago, else when it is. */
  call(): void
  /** Does what was asked for and not done yet. */
  flush(): void
}

export function throttle(milliseconds: number, act: () => void): Throttle {
  let timer: NodeJS.Timeout | undefined
  let last = Number.NEGATIVE_INFINITY
  function run(): void {
    clearTimeout(timer)
    timer = undefined
    last = performance.now()
    act()
  }
  return {
    call() {
      if (timer !== undefined) return
      const wait = last + milliseconds - performance.now()
      if (wait <= 0) run()
      else timer = setTimeout(run, wait)
    },
    flush() {
      if (timer !== undefined) run()
    },
  }
}
