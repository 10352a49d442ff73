import { MienError } from '../../../../engine/errors.ts'
import { modelsOf } from '../../../models/resolve.ts'
import type { RunKind } from '../kind.ts'

/**
 * A look that moves as a driver does, as it is searched in the window; what that takes lies in the folder, and is kept when the film is
 * done. Never the paths that its record names: it may come from another machine, or from a stranger.
 */
export const filmKind: RunKind = {
  async begin(record, { spawn, library, openFilmMemory }, events) {
    const { film, setup } = record.now
    if (film?.search === undefined) {
      throw new MienError('wrong-use', 'This film was made on the command line, of a photograph.', {
        hint: 'Continue it there, or make one of that photograph here.',
      })
    }
    // The mathematics of motions is loaded with the first film: every command that knows of runs knows of this kind.
    const { beginSearchedFilm } = await import('./searched-film.ts')
    const models = await modelsOf(setup, library)
    const { search } = film
    return beginSearchedFilm(spawn, record, { ...film, search }, models, openFilmMemory, events)
  },
  setupAt: ({ asked }) => asked,
  isFinishing: () => false,
}
