/**
 * What was opened for a search, by name: loaded graphs, and what was found with them. What holds a session has a `dispose`,
 * and all of it can be used by another search that would open the same.
 */
export interface Parts {
  /** The part of that name, opened with the first use. One that could not be opened is forgotten. */
  get<T extends object>(name: string, open: () => Promise<T>): Promise<T>
  /** Ends that part if it is open. */
  drop(name: string): Promise<void>
  /** Over when no part is on its way. */
  settled(): Promise<void>
  /** Ends all of them. */
  close(): Promise<void>
}

export function openParts(): Parts {
  const open = new Map<string, Promise<object>>()

  async function drop(name: string): Promise<void> {
    const opening = open.get(name)
    open.delete(name)
    const part = await opening?.catch(() => undefined)
    if (part !== undefined && isSession(part)) await part.dispose()
  }

  return {
    get<T extends object>(name: string, make: () => Promise<T>): Promise<T> {
      const known = open.get(name)
      if (known !== undefined) return known as Promise<T>
      const opening = make()
      open.set(name, opening)
      opening.catch(() => {
        if (open.get(name) === opening) open.delete(name)
      })
      return opening
    },
    drop,
    async settled() {
      await Promise.allSettled(open.values())
    },
    async close() {
      for (const name of [...open.keys()]) await drop(name)
    },
  }
}

/** Uses parts that are kept for the next search, or without such others that end with this use. */
export async function withParts<T>(kept: Parts | undefined, use: (parts: Parts) => Promise<T>): Promise<T> {
  if (kept !== undefined) return use(kept)
  const own = openParts()
  return use(own).finally(own.close)
}

function isSession(part: object): part is { dispose(): Promise<void> } {
  return 'dispose' in part
}
