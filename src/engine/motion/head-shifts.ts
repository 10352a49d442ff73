import type { Point } from '../face/quad.ts'
import type { Motion, TimedMotion } from './motion.ts'
import { turned } from './rotation.ts'
import type { Pivot } from './transfer.ts'

/**
 * How far a driver's head is from where it is in the mean, in each frame, in units of the model. A camera that moves moves it as well; after
 * a cut or a gap the mean is another one. Where it goes further than `most`, all of it is made smaller by one factor.
 *
 * @param pivot the place of the head that is meant
 */
export function headShifts(
  { motion, segments }: Pick<TimedMotion, 'motion' | 'segments'>,
  pivot: Pivot,
  most: number,
): readonly Point[] {
  const runs = new Map<number, number[]>()
  motion.frames.forEach((_, i) => {
    const run = segments.filter(({ start }) => start > 0 && start <= i).length
    const frames = runs.get(run) ?? []
    frames.push(i)
    runs.set(run, frames)
  })
  const shifts: Point[] = []
  for (const frames of runs.values()) {
    const places = frames.map((i) => placeOf(motion.frames[i]!, pivot))
    const [x, y, scale] = [0, 1, 2].map(
      (k) => places.reduce((sum, place) => sum + place[k]!, 0) / places.length,
    )
    places.forEach((place, k) => {
      shifts[frames[k]!] = [(place[0] - x!) / scale!, (place[1] - y!) / scale!]
    })
  }
  const furthest = shifts.reduce((most, [x, y]) => Math.max(most, Math.hypot(x, y)), 0)
  const factor = Math.min(1, most / furthest)
  return shifts.map(([x, y]) => [factor * x, factor * y])
}

/** Where a place of the head lies in the driver's picture, and how large a unit of the model is there. */
function placeOf(
  { pose: { rotation, scale, x, y } }: Motion['frames'][number],
  pivot: Pivot,
): readonly [x: number, y: number, scale: number] {
  const [right, down] = turned(pivot, rotation)
  return [x + scale * right!, y + scale * down!, scale]
}
