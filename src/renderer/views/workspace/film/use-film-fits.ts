import { shallowRef, watch } from 'vue'
import type { FilmFit, FilmFormat, FilmView } from '../../../../shared/film.ts'
import { useClient } from '../../../stores/client.ts'
import { useProject } from '../../../stores/project.ts'
import { useFilm } from './film.ts'

/** In which size the film fits into the formats that not every film fits into; empty until that is known. */
export function useFilmFits(view: () => FilmView) {
  const client = useClient()
  const film = useFilm()
  const project = useProject()
  const fits = shallowRef<Readonly<Partial<Record<FilmFormat, FilmFit>>>>({})

  watch(
    [() => film.key, view],
    async (_, __, whenOver) => {
      let isOver = false
      whenOver(() => {
        isOver = true
      })
      if (project.id === null || film.order === null) return
      const asked = { project: project.id, order: film.order, view: view() }
      // What is wrong is said where it is taken out.
      const found = await client.call('films.fitting', asked).catch(() => null)
      if (!isOver) fits.value = found ?? {}
    },
    { immediate: true },
  )

  return fits
}
