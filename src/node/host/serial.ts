/** Begins with each work when the one before is over, however that ended. */
export type Serial = <T>(work: () => T | Promise<T>) => Promise<T>

export function serial(): Serial {
  let tail: Promise<unknown> = Promise.resolve()
  return (work) => {
    const result = tail.then(work)
    tail = result.catch(() => undefined)
    return result
  }
}

/** Work of one key is done one after the other, that of different keys side by side. */
export interface KeyedSerial {
  take<T>(key: string, work: () => Promise<T>): Promise<T>
  /** Whether work of that key is under way. */
  isBusy(key: string): boolean
  /** Once everything that was asked for until now is over. */
  idle(): Promise<void>
}

export function keyedSerial(): KeyedSerial {
  const tails = new Map<string, Promise<unknown>>()
  return {
    take(key, work) {
      const result = (tails.get(key) ?? Promise.resolve()).then(work)
      const tail: Promise<unknown> = result
        .catch(() => undefined)
        .then(() => {
          if (tails.get(key) === tail) tails.delete(key)
        })
      tails.set(key, tail)
      return result
    },
    isBusy: (key) => tails.has(key),
    async idle() {
      await Promise.all(tails.values())
    },
  }
}
