/** From one hand into another: nothing is kept between the two, so whoever gives is held up by whoever takes. */
export interface Handover<T> {
  /** Resolves when it was taken. Once it is over, never. */
  give(value: T): Promise<void>
  /** Nothing comes after what was given; with an error, that is thrown to whoever takes next. */
  end(error?: Error): void
  /** The next, as it is given; undefined after the end. */
  take(): Promise<T | undefined>
}

export function handover<T>(): Handover<T> {
  let offered: { readonly value: T; readonly taken: () => void } | undefined
  let waiting: { resolve(value: T | undefined): void; reject(error: Error): void } | undefined
  let ended: { readonly error: Error | undefined } | undefined

  function settle(): void {
    if (waiting === undefined) return
    const taker = waiting
    if (offered !== undefined) {
      const { value, taken } = offered
      ;[offered, waiting] = [undefined, undefined]
      taker.resolve(value)
      taken()
    } else if (ended !== undefined) {
      waiting = undefined
      if (ended.error === undefined) taker.resolve(undefined)
      else taker.reject(ended.error)
    }
  }

  return {
    give(value) {
      return new Promise((taken) => {
        offered = { value, taken }
        settle()
      })
    },
    end(error) {
      ended ??= { error }
      settle()
    },
    take() {
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        settle()
      })
    },
  }
}
