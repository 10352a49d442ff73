/** What was asked for last, up to a sum of sizes; what was asked for longest ago goes first. */
export interface BoundedCache<T> {
  /** Does not count as asking for it. */
  has(key: string): boolean
  get(key: string): T | undefined
  set(key: string, value: T): void
}

/** Keeps values of `most` bytes together, and the newest in any case. */
export function boundedCache<T>(most: number, bytesOf: (value: T) => number): BoundedCache<T> {
  const held = new Map<string, T>()
  let bytes = 0

  function take(key: string): T | undefined {
    const value = held.get(key)
    if (value === undefined) return undefined
    held.delete(key)
    bytes -= bytesOf(value)
    return value
  }

  function put(key: string, value: T): void {
    held.set(key, value)
    bytes += bytesOf(value)
  }

  return {
    has: (key) => held.has(key),
    get(key) {
      const value = take(key)
      if (value !== undefined) put(key, value)
      return value
    },
    set(key, value) {
      take(key)
      put(key, value)
      for (const oldest of held.keys()) {
        if (bytes <= most || held.size === 1) return
        take(oldest)
      }
    },
  }
}
