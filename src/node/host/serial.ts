/** Lets work of one key be done one after the other, and that of different keys side by side. */
export interface Turns {
  take<T>(key: string, work: () => Promise<T>): Promise<T>
  /** Whether work of that key is under way. */
  isBusy(key: string): boolean
  /** Once everything that was asked for until now is over. */
  idle(): Promise<void>
}

export function createTurns(): Turns {
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

/**
 * What `work` makes of each, in order; so many at a time that open files do not run out. After a failure no more is
 * begun, and what is under way is waited for before it is thrown.
 */
export async function abreast<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  let next = 0
  const worker = async () => {
    while (next < items.length) {
      const at = next++
      try {
        results[at] = await work(items[at]!)
      } catch (error) {
        next = items.length
        throw error
      }
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: 32 }, worker))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return results
}
