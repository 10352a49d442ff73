import { useKeys } from '../../../components/keys.ts'
import { usePlayer } from '../timeline/player.ts'
import { useWorkspace } from '../workspace.ts'
import { useFilm } from './film.ts'
import { useKeyFrames } from './key-frames.ts'

/** The keys of a film; while there is one they take the place of those of a search. */
export function useFilmKeys(): void {
  const film = useFilm()
  const player = usePlayer()
  const workspace = useWorkspace()
  const keyFrames = useKeyFrames()

  useKeys(
    {
      Space: () => player.toggle(),
      ArrowLeft: () => player.step(-1),
      ArrowRight: () => player.step(1),
      'Shift+ArrowLeft': () => player.step(-10),
      'Shift+ArrowRight': () => player.step(10),
      I: () => player.mark('from', player.frame),
      O: () => player.mark('to', player.frame + 1),
      ',': () => keyFrames.move(-1),
      '.': () => keyFrames.move(1),
      L: () => {
        workspace.landmarksShown = !workspace.landmarksShown
      },
      'Shift+F': () => {
        workspace.fullView = film.order !== null
      },
    },
    () => film.driver !== null,
  )
}
