import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import type { Driver, DriverTimeline } from '../../../../shared/driver.ts'
import type { FilmOrder } from '../../../../shared/film.ts'
import { type FilmSettingsRecord, usualFilmSettings } from '../../../../shared/film-settings.ts'
import { useAsk } from '../../../stores/client.ts'
import { useProject } from '../../../stores/project.ts'

/** Numbers of a landmark set: 68 x (x, y). */
const numbersPerFace = 136

/** The film that the setup asks for: its look, what it moves by, and how the one follows the other. */
export const useFilm = defineStore('film', () => {
  const ask = useAsk()
  const project = useProject()

  /** What stands in the place of the picture for expression and pose; null where that is a picture. */
  const driver = computed<Driver | null>(
    () => project.drivers.find(({ id }) => id === project.setup?.driver) ?? null,
  )
  const settings = computed(() => project.setup?.film ?? usualFilmSettings)
  const look = computed(() => project.pictures.find(({ id }) => id === project.setup?.look) ?? null)
  const order = computed<FilmOrder | null>(() =>
    look.value === null || driver.value === null
      ? null
      : { look: look.value.id, driver: driver.value.id, film: settings.value },
  )
  /** Names all that its frames depend on. */
  const key = computed(() =>
    order.value === null ? null : JSON.stringify([project.id, order.value, look.value?.alignment]),
  )

  /** The driver, frame by frame; null until that is here. */
  const timeline = shallowRef<DriverTimeline | null>(null)
  const driverPoints = shallowRef<Float32Array | null>(null)
  /** Where the look's landmarks lie in all frames, and for which film. */
  const targets = shallowRef<{ readonly key: string; readonly points: Float32Array | null } | null>(null)

  watch(
    [() => project.id, () => driver.value?.id],
    async ([of, id]) => {
      timeline.value = null
      driverPoints.value = null
      if (of === null || id === undefined) return
      const loaded = await ask('drivers.timeline', { project: of, driver: id })
      if (loaded === undefined || project.id !== of || driver.value?.id !== id) return
      driverPoints.value = floatsOf(loaded.points)
      timeline.value = loaded
    },
    { immediate: true, flush: 'sync' },
  )

  /** Asks where the look's landmarks lie, unless that is known. */
  async function loadTargets(): Promise<void> {
    const of = key.value
    if (project.id === null || order.value === null || of === null || targets.value?.key === of) return
    const found = await ask('films.targets', { project: project.id, order: order.value })
    if (found === undefined || key.value !== of) return
    targets.value = { key: of, points: found.points && floatsOf(found.points) }
  }

  /** The driver's landmarks in a frame, as fractions of its square; null until they are here. */
  const driverPointsAt = (frame: number) => faceAt(driverPoints.value, frame)
  /** Those of the look. */
  const targetPointsAt = (frame: number) =>
    targets.value?.key === key.value ? faceAt(targets.value?.points ?? null, frame) : null

  /** Turns something of how the look follows; changes with the same `of` in quick succession are one step of undo. */
  function change(fields: Partial<FilmSettingsRecord>, of: string | null = null): void {
    project.change({ film: { ...settings.value, ...fields } }, of)
  }

  return { driver, settings, look, order, key, timeline, loadTargets, driverPointsAt, targetPointsAt, change }
})

/** Bytes as float32 numbers; a copy, since they lie anywhere in a message. */
function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer)
}

function faceAt(points: Float32Array | null, frame: number): Float32Array | null {
  const face = points?.subarray(frame * numbersPerFace, (frame + 1) * numbersPerFace)
  return face?.length === numbersPerFace ? face : null
}
