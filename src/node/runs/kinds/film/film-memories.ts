import { boundedCache } from '../../../../shared/bounded-cache.ts'
import { type FilmMemory, openFilmMemory } from './film-memory.ts'

/** What was found for films, for all of one program. */
export interface FilmMemories {
  /** As it lies on the disk now, for who adds to it; who looks at it sees that at once. */
  readonly open: typeof openFilmMemory
  /** Of the run in that folder, as it was opened last. Throws as `openFilmMemory` does. */
  look(runFolder: string, steps: number): Promise<FilmMemory>
}

/** One is looked at, and perhaps another searched for. */
const mostHeld = 2

export function filmMemories(): FilmMemories {
  const held = boundedCache<FilmMemory>(mostHeld, () => 1)
  return {
    async open(runFolder, steps, firstTarget) {
      const memory = await openFilmMemory(runFolder, steps, firstTarget)
      held.set(keyOf(runFolder, steps), memory)
      return memory
    },
    async look(runFolder, steps) {
      const key = keyOf(runFolder, steps)
      const read = held.get(key) ?? (await openFilmMemory(runFolder, steps))
      // It may have been opened for a search meanwhile.
      const memory = held.get(key) ?? read
      held.set(key, memory)
      return memory
    },
  }
}

const keyOf = (runFolder: string, steps: number) => `${steps} ${runFolder}`
