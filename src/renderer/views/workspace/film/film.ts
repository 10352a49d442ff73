import { defineStore } from 'pinia'
import { computed, shallowRef, watch } from 'vue'
import { draggedAt, withDragged } from '../../../../engine/motion/key-frames.ts'
import { trembling as tremblingOf } from '../../../../engine/motion/trembling.ts'
import type { Driver, DriverTimeline } from '../../../../shared/driver.ts'
import { type FilmOrder, filmOrderOf } from '../../../../shared/film.ts'
import {
  type FilmSettingsRecord,
  type KeyFrameRecord,
  usualFilmSettings,
} from '../../../../shared/film-settings.ts'
import type { ResultKind } from '../../../../shared/setup.ts'
import { useAsk } from '../../../stores/client.ts'
import { useProject } from '../../../stores/project.ts'
import { isSame } from '../../../stores/same.ts'

/** Numbers of a landmark set, 68 x (x, y), and of the axes of a face, 3 x (x, y). */
const numbersPerFace = 136
const numbersOfAxes = 6

const noKeyFrames: readonly KeyFrameRecord[] = []

/** The film that the setup asks for: its look, what it moves by, and how the one follows the other. */
export const useFilm = defineStore('film', () => {
  const ask = useAsk()
  const project = useProject()

  /** What stands in the place of the picture for expression and pose; null where that is a picture. */
  const driver = computed<Driver | null>(
    () => project.drivers.find(({ id }) => id === project.setup?.driver) ?? null,
  )
  const settings = computed(() => project.setup?.film ?? usualFilmSettings)
  const keyFrames = computed(() => settings.value.keyFrames ?? noKeyFrames)
  const look = computed(() => project.pictures.find(({ id }) => id === project.setup?.look) ?? null)
  /** What the look's films can be, and of which look that is known. */
  const known = shallowRef<{ readonly of: string; readonly ways: readonly ResultKind[] } | null>(null)
  const lookKey = computed(() =>
    look.value === null ? null : JSON.stringify([project.id, look.value.id, look.value.alignment]),
  )
  const ways = computed(() => (known.value?.of === lookKey.value ? (known.value?.ways ?? null) : null))
  /** How the film is made: as was chosen, or what fits the look; null until that is known. */
  const way = computed<ResultKind | null>(() => {
    if (ways.value === null) return null
    const chosen = project.setup?.result
    return ways.value.find((one) => one === chosen) ?? ways.value[0] ?? 'photograph'
  })
  const order = computed<FilmOrder | null>(() => {
    if (project.setup === null || driver.value === null || way.value === null) return null
    return filmOrderOf(project.setup, way.value)
  })
  /** Names all that its frames depend on, the first without what is dragged in key frames. */
  const undraggedKey = computed(() => {
    if (order.value === null) return null
    const { keyFrames: _, ...film } = order.value.film
    return JSON.stringify([project.id, { ...order.value, film }, look.value?.alignment])
  })
  const key = computed(() => undraggedKey.value && `${undraggedKey.value} ${JSON.stringify(keyFrames.value)}`)

  /** The driver, frame by frame; null until that is here. */
  const timeline = shallowRef<DriverTimeline | null>(null)
  const driverPoints = shallowRef<Float32Array | null>(null)
  /** Where the look's landmarks lie in all frames before any is dragged, and for which film. */
  const targets = shallowRef<{ readonly key: string; readonly faces: UndraggedFaces | null } | null>(null)

  watch(
    [() => project.id, () => driver.value?.id],
    async ([of, id]) => {
      timeline.value = null
      driverPoints.value = null
      targets.value = null
      if (of === null || id === undefined) return
      const loaded = await ask('drivers.timeline', { project: of, driver: id })
      if (loaded === undefined || project.id !== of || driver.value?.id !== id) return
      driverPoints.value = floatsOf(loaded.points)
      timeline.value = loaded
    },
    { immediate: true, flush: 'sync' },
  )

  watch(
    [lookKey, () => driver.value?.id],
    async ([of]) => {
      if (of === null || driver.value === null || ways.value !== null) return
      const found = await ask('films.ways', { project: project.id!, look: look.value!.id })
      // Where that failed, the frames will say what is wrong.
      if (lookKey.value === of) known.value = { of, ways: found ?? ['photograph', 'drawn'] }
    },
    { immediate: true },
  )

  let isAsking = false

  /** Asks where the look's landmarks lie, once after the other: of changes in quick succession a few are seen, and the last one is. */
  async function loadTargets(): Promise<void> {
    if (isAsking) return
    isAsking = true
    while (project.id !== null && order.value !== null && targets.value?.key !== undraggedKey.value) {
      const [of, driving] = [undraggedKey.value!, timeline.value]
      const found = await ask('films.targets', { project: project.id, order: order.value })
      if (timeline.value !== driving || (found === undefined && undraggedKey.value !== of)) continue
      if (found === undefined) break
      const faces = found && { points: floatsOf(found.points), axes: floatsOf(found.axes) }
      targets.value = { key: of, faces }
    }
    isAsking = false
  }
  watch([undraggedKey, timeline], loadTargets, { immediate: true })

  /** How far the landmarks of each frame tremble, as of `trembling` in the engine; null until it is known. */
  const trembling = computed(() => {
    const faces = targets.value?.faces
    if (!faces || timeline.value === null) return null
    const frames = timeline.value.times.map((_, frame) => faceOf(faces, frame))
    return frames.every((points) => points !== null) ? tremblingOf(frames, timeline.value.segments) : null
  })

  /** The faces of the film as it is to be now. */
  const presentFaces = computed(() =>
    targets.value?.key === undraggedKey.value ? (targets.value?.faces ?? null) : null,
  )

  /** The look's face in a frame before anything is dragged; null until that is here. */
  function undraggedAt(frame: number): UndraggedFaces | null {
    return presentFaces.value && undraggedOf(presentFaces.value, frame)
  }

  /** What is dragged of the look in a frame, as of `draggedAt`. */
  function draggedIn(frame: number): Float64Array | undefined {
    return timeline.value === null ? undefined : draggedAt(timeline.value, keyFrames.value, frame)
  }

  /** The landmarks of one of those faces with what is dragged of it. */
  function faceOf(faces: UndraggedFaces, frame: number): Float32Array | null {
    const face = undraggedOf(faces, frame)
    const dragged = face && draggedIn(frame)
    return face && dragged ? withDragged(face.points, face.axes, dragged) : (face?.points ?? null)
  }

  /** Where the look's landmarks lie in a frame, as fractions of the film's square; null until that is known. */
  function targetPointsAt(frame: number): Float32Array | null {
    return presentFaces.value && faceOf(presentFaces.value, frame)
  }

  /** The driver's landmarks in a frame, as fractions of its square; null until they are here. */
  const driverPointsAt = (frame: number) => faceAt(driverPoints.value, frame)

  /** Turns something of how the look follows; changes with the same `of` in quick succession are one step of undo. */
  function change(fields: Partial<FilmSettingsRecord>, of: string | null = null): void {
    project.change({ film: { ...settings.value, ...fields } }, of)
  }

  function changeKeyFrames(next: KeyFrameRecord[], of: string | null = null): void {
    const { keyFrames: _, ...others } = settings.value
    project.change({ film: next.length === 0 ? others : { ...others, keyFrames: next } }, of)
  }

  /** Lets the look follow as usual; what is dragged in key frames stays. */
  function reset(): void {
    const { keyFrames } = settings.value
    project.change({ film: { ...usualFilmSettings, ...(keyFrames && { keyFrames }) } })
  }

  const isUsual = computed(() => {
    const { keyFrames: _, head, ...others } = settings.value
    return head !== 'moving' && isSame(others, usualFilmSettings)
  })

  return {
    driver,
    settings,
    keyFrames,
    look,
    ways,
    way,
    order,
    undraggedKey,
    key,
    timeline,
    trembling,
    driverPointsAt,
    undraggedAt,
    targetPointsAt,
    draggedIn,
    change,
    changeKeyFrames,
    reset,
    isUsual,
  }
})

/** The look's faces in some frames: their landmarks, and how far a unit of the model along each axis of the face goes there. */
interface UndraggedFaces {
  readonly points: Float32Array
  readonly axes: Float32Array
}

/** Bytes as float32 numbers; a copy, since they lie anywhere in a message. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(bytes.slice().buffer)
}

function undraggedOf(faces: UndraggedFaces, frame: number): UndraggedFaces | null {
  const points = faceAt(faces.points, frame)
  const axes = faces.axes.subarray(frame * numbersOfAxes, (frame + 1) * numbersOfAxes)
  return points && { points, axes }
}

function faceAt(points: Float32Array | null, frame: number): Float32Array | null {
  const face = points?.subarray(frame * numbersPerFace, (frame + 1) * numbersPerFace)
  return face?.length === numbersPerFace ? face : null
}
