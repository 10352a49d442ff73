import { defineStore } from 'pinia'
import { computed } from 'vue'
import type { KeyFrameRecord } from '../../../../shared/film-settings.ts'
import { usePlayer } from '../timeline/player.ts'
import { useWorkspace } from '../workspace.ts'
import { keyFrameBeside, pointsOf, withoutKeyFrame, withoutPoint, withPoint } from './dragged-points.ts'
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

  /** Drags a landmark to a place of the square. */
  function place(index: number, x: number, y: number): void {
    const face = film.undraggedAt(frame.value)
    if (face === null) return
    const way = [x - face.points[2 * index]!, y - face.points[2 * index + 1]!] as const
    change(
      withPoint(film.keyFrames, frame.value, index, face.axes, way),
      `film point ${frame.value} ${index}`,
    )
  }

  function release(index: number): void {
    if (placed.value.includes(index)) change(withoutPoint(film.keyFrames, frame.value, index))
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
