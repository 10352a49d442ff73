import { defineStore } from 'pinia'
import { computed, ref } from 'vue'
import type { FilmExport, FilmFormat } from '../../../../shared/film.ts'
import { failureOf, useAsk, useClient, useSave } from '../../../stores/client.ts'
import { useNotices } from '../../../stores/notices.ts'
import { usePreferences } from '../../../stores/preferences.ts'
import { useProject } from '../../../stores/project.ts'
import { useFilm } from './film.ts'

/** A film that is being made as a file. */
interface Making {
  readonly project: string
  readonly format: FilmFormat
  /** 0..1 */
  readonly done: number
}

/** Takes films out; one at a time, and further while the dialog is closed. */
export const useFilmExport = defineStore('film-export', () => {
  const client = useClient()
  const ask = useAsk()
  const save = useSave()
  const film = useFilm()
  const notices = useNotices()
  const preferences = usePreferences()
  const project = useProject()
  const making = ref<Making | null>(null)
  /** Whether the film that is made is the one that is shown, and no other project's. */
  const isOwn = computed(() => making.value?.project === project.id)

  /**
   * Makes a file of the film and saves it where the user wants it.
   *
   * @param clip the driver's, where the project did not keep it
   */
  async function take(wish: Omit<FilmExport, 'settings' | 'altered' | 'clip'>, clip?: File): Promise<void> {
    const { order } = film
    const of = project.id
    if (of === null || order === null || making.value !== null) return
    making.value = { project: of, format: wish.format, done: 0 }
    const { exportSettings: settings, exportAltered: altered } = preferences.current
    try {
      const upload = wish.sound && clip !== undefined ? { clip: await client.upload(clip) } : {}
      const file = await client.call('films.export', {
        ...{ project: of, order },
        export: { ...wish, settings, altered, ...upload },
      })
      making.value = null
      await save(file)
    } catch (error) {
      const failure = failureOf(error)
      if (failure.code !== 'stopped') notices.fail(failure)
    } finally {
      making.value = null
    }
  }

  /** Saves what was found of a film that is drawn where the user wants it. */
  async function takeLatents(): Promise<void> {
    if (project.id === null || film.order === null) return
    const file = await ask('films.latents', { project: project.id, order: film.order })
    if (file !== undefined) await save(file)
  }

  async function stop(): Promise<void> {
    if (making.value !== null) await ask('films.stop', { project: making.value.project })
  }

  client.on('film.progress', ({ project: of, done }) => {
    if (making.value?.project === of) making.value = { ...making.value, done }
  })

  return { making, isOwn, take, takeLatents, stop }
})
