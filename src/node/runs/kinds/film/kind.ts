import type { RunKind } from '../kind.ts'
import { beginFilm } from './film.ts'

/** A look that moves as a driver does; what that takes lies in the folder, and is kept when the film is done. */
export const filmKind: RunKind = {
  begin: (record, { spawn }, events) => beginFilm(spawn, record, events),
  setupAt: ({ asked }) => asked,
  isFinishing: () => false,
}
