import { newestStateWritten } from '../runs/recovery.ts'
import type { Store } from '../store/store.ts'
import { packRun } from './packed-run.ts'

/** Keeps in a store how far a run is, so that another machine can go on with it. */
export interface StateKeeper {
  /** Keeps what is new; gives the hash of what is kept. Throws as the store does. */
  keep(): Promise<string | undefined>
  /** Ends the keeping now and then; gives the hash of what is kept. */
  end(): Promise<string | undefined>
}

/** Between two states at least, in milliseconds, and in parts of the time that the last one took: a slow store is asked less often. */
const pauses = { least: 5000, timesTaken: 20 }

/**
 * @param kept what is there of the run already
 * @param tell is told of each state before the one that it replaces is removed
 */
export function stateKeeper(
  store: Store,
  runFolder: string,
  kept: string | undefined,
  tell: (state: string) => Promise<void>,
  least = pauses.least,
): StateKeeper {
  let newest = kept
  let written = 0
  let ended = false
  let timer: NodeJS.Timeout | undefined
  let under: Promise<unknown> = Promise.resolve()

  async function keep(): Promise<string | undefined> {
    const since = await newestStateWritten(runFolder)
    if (since <= written) return newest
    const state = await store.put('states', await packRun(runFolder))
    written = since
    if (state === newest) return newest
    await tell(state)
    const before = newest
    newest = state
    // What is left behind takes room and does no harm.
    if (before !== undefined) await store.remove('states', before).catch(() => undefined)
    return newest
  }

  const inTurn = (): Promise<string | undefined> => {
    const next = under.catch(() => undefined).then(keep)
    under = next
    return next
  }

  function later(pause: number): void {
    if (ended) return
    timer = setTimeout(async () => {
      const began = performance.now()
      // A store that is away for a moment is asked again; at the end of the run it has to be there.
      await inTurn().catch(() => undefined)
      later(Math.max(least, pauses.timesTaken * (performance.now() - began)))
    }, pause)
  }
  later(least)

  return {
    keep: inTurn,
    async end() {
      ended = true
      clearTimeout(timer)
      await under.catch(() => undefined)
      return newest
    },
  }
}
