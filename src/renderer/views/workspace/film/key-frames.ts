import { defineStore } from 'pinia'
import { computed } from 'vue'
import type { KeyFrameRecord } from '../../../../shared/film-settings.ts'
import type { PlacedPoint } from '../../../../shared/setup.ts'
import { usePlayer } from '../timeline/player.ts'
import { useWorkspace } from '../workspace.ts'
import { keyFrameBeside, pointsOf, withoutKeyFrame, withoutPoints, withPoint } from './dragged-points.ts'
import { useFilm } from './film.ts'

/** The look's landmarks in the frame that is shown, and what is dragged of them there. */
export const useKeyFrames = defineStore('key-frames', () => {
  const film = useFilm()
  const player = usePlayer()
  const workspace = useWorkspace()

  const frame = computed(() => player.shown?.frame ?? player.frame)
  /** 68 x (x, y) as fractions of the film's square; null until they are known. */
  const points = computed(() => film.targetPointsAt(frame.value))
  /** Landmarks that are dragged there. */
  const placed = computed(() => pointsOf(film.keyFrames, frame.value).map(({ index }) => index))
  const editable = computed(() => workspace.writable && !player.playing)

  function change(keyFrames: KeyFrameRecord[], of: string | null = null): void {
    if (workspace.writable) film.changeKeyFrames(keyFrames, of)
  }

  /** Drags landmarks to places of the square. */
  function place(dragged: readonly PlacedPoint[]): void {
    const face = film.undraggedAt(frame.value)
    if (face === null) return
    const keys = dragged.reduce((keys: readonly KeyFrameRecord[], { index, x, y }) => {
      const way = [x - face.points[2 * index]!, y - face.points[2 * index + 1]!] as const
      return withPoint(keys, frame.value, index, face.axes, way)
    }, film.keyFrames)
    change([...keys], `film point ${frame.value} ${dragged[0]?.index}`)
  }

  function release(indices: readonly number[]): void {
    if (indices.some((index) => placed.value.includes(index)))
      change(withoutPoints(film.keyFrames, frame.value, indices))
  }

  function remove(one: number): void {
    change(withoutKeyFrame(film.keyFrames, one))
  }

  function goTo(one: number): void {
    player.pause()
    player.goTo(one)
  }

  /** Goes to the next key frame, or back to the one before. */
  function move(way: -1 | 1): void {
    const next = keyFrameBeside(film.keyFrames, player.frame, way)
    if (next !== undefined) goTo(next)
  }

  return { frame, points, placed, editable, place, release, remove, goTo, move }
})
