import { modelsOf } from '../../../models/resolve.ts'
import type { RunKind } from '../kind.ts'
import { beginFilm } from './film.ts'

/** A look that moves as a driver does; what that takes lies in the folder, and is kept when the film is done. */
export const filmKind: RunKind = {
  async begin(record, { spawn, library }, events) {
    const { film, setup } = record.now
    // Never the paths that it names: it may come from another machine, or from a stranger.
    const models = film?.way === 'drawn' ? await modelsOf(setup, library) : undefined
    return beginFilm(spawn, record, models, events)
  },
  setupAt: ({ asked }) => asked,
  isFinishing: () => false,
}
