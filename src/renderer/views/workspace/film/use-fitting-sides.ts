import { shallowRef, watch } from 'vue'
import type { FilmExport, FilmFormat, FilmSide } from '../../../../shared/film.ts'
import { useClient } from '../../../stores/client.ts'
import { useProject } from '../../../stores/project.ts'
import { useFilm } from './film.ts'

type Sides = Readonly<Partial<Record<FilmFormat, FilmSide>>>

/** Those that hold so many pixels and no more. */
const bounded = ['gif', 'webp'] as const

/** In which size the film fits into a format that it is too large for as it is asked for. */
export function useFittingSides(wish: () => Omit<FilmExport, 'format' | 'settings' | 'altered'>) {
  const client = useClient()
  const film = useFilm()
  const project = useProject()
  const sides = shallowRef<Sides>({})

  async function fitting(format: FilmFormat): Promise<Sides> {
    if (project.id === null || film.order === null) return {}
    const asked = { ...wish(), format, settings: false, altered: false }
    const of = { project: project.id, order: film.order }
    // What is wrong is said where it is taken out.
    const side = await client.call('films.fitting', { ...of, export: asked }).catch(() => null)
    return side === null ? {} : { [format]: side }
  }

  watch(
    [() => film.key, wish],
    async (_, __, whenOver) => {
      let isOver = false
      whenOver(() => {
        isOver = true
      })
      const [gif, webp] = await Promise.all(bounded.map(fitting))
      if (!isOver) sides.value = { ...gif, ...webp }
    },
    { immediate: true },
  )

  return sides
}
