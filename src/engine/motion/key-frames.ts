import { eased } from './easing.ts'
import type { FilmTimes, TimedMotion } from './motion.ts'
import { openingRatios, uncrossed, withOpenings } from './openings.ts'
import { shapeLength } from './shape-model.ts'
import type { Segment } from './smoothing.ts'

/** A landmark that was dragged: how far from where it would be, in units of the model, along the axes of the face. */
export interface DraggedPoint {
  readonly index: number
  readonly x: number
  readonly y: number
  readonly z: number
}

/** A frame of a driver in which landmarks of the look were dragged. */
export interface KeyFrame {
  readonly frame: number
  readonly points: readonly DraggedPoint[]
}

/** Seconds before its key frame in which a point that was dragged begins to go there, and after which it is back. */
const reach = 0.5

/**
 * A motion with what was dragged in its key frames, of which nothing reaches across cuts and gaps. The frames that none reaches are those
 * that were given.
 *
 * @param keys in the order of their frames
 */
export function keyedMotion(film: TimedMotion, keys: readonly KeyFrame[] = []): TimedMotion {
  if (keys.length === 0) return film
  const frames = film.motion.frames.map((frame, i) => {
    const dragged = draggedAt(film, keys, i)
    return dragged ? { ...frame, dragged } : frame
  })
  return { ...film, motion: { ...film.motion, frames } }
}

/**
 * How far the landmarks of a frame are dragged, 68 x (x, y, z) as of `DraggedPoint`; undefined where no key frame reaches. Each landmark
 * has key frames of its own. Where their reaches meet it goes from one to the next, else away from one and back: along a cubic that stands
 * still at its ends, so that what was dragged is exact in its frame, no other key frame has a say in it, and nothing goes beyond
 * what was dragged, as splines through several of them do.
 *
 * @param keys in the order of their frames
 */
export function draggedAt(
  { times, timescale, segments }: FilmTimes,
  keys: readonly KeyFrame[],
  frame: number,
): Float64Array | undefined {
  const since = (from: number) => (times[frame]! - times[from]!) / timescale
  const near = keys.filter(
    (key) => Math.abs(since(key.frame)) <= 2 * reach && hangTogether(segments, key.frame, frame),
  )
  if (near.length === 0) return undefined
  const dragged = new Float64Array(shapeLength)
  let isReached = false
  for (const [place, key] of near.entries()) {
    const isBefore = key.frame <= frame
    const others = isBefore ? near.slice(place + 1) : near.slice(0, place).reverse()
    for (const { index, x, y, z } of key.points) {
      const next = others.find(({ points }) => points.some((point) => point.index === index))
      // Between the two, or with nothing but the frame between it and the next one.
      if (next !== undefined && next.frame <= frame === isBefore) continue
      const seconds = Math.abs(since(key.frame))
      const way = next === undefined ? undefined : Math.abs(since(key.frame) - since(next.frame))
      const part = eased(1 - seconds / (way !== undefined && way <= 2 * reach ? way : reach))
      if (part === 0) continue
      isReached = true
      dragged[3 * index]! += part * x
      dragged[3 * index + 1]! += part * y
      dragged[3 * index + 2]! += part * z
    }
  }
  return isReached ? dragged : undefined
}

/** Whether there is neither a cut nor a gap between two frames. */
function hangTogether(segments: readonly Segment[], a: number, b: number): boolean {
  return segments.every(({ start, end }) => a < start === b < start && a < end === b < end)
}

/**
 * Landmarks with what was dragged of them. Lids and lips do not cross by that.
 *
 * @param points 68 x (x, y)
 * @param axes how far a unit of the model along each axis of the face goes there, 3 x (x, y)
 * @param dragged as of `draggedAt`
 */
export function withDragged(
  points: Float32Array,
  axes: ArrayLike<number>,
  dragged: ArrayLike<number>,
): Float32Array {
  const moved = points.map((value, i) => {
    const [from, way] = [3 * (i >> 1), i % 2]
    return (
      value +
      dragged[from]! * axes[way]! +
      dragged[from + 1]! * axes[2 + way]! +
      dragged[from + 2]! * axes[4 + way]!
    )
  })
  const ratios = openingRatios(moved)
  const sound = uncrossed(ratios, openingRatios(points))
  return sound.every((ratio, k) => ratio === ratios[k])
    ? moved
    : Float32Array.from(withOpenings(moved, sound))
}

/** A way in the picture along the axes of the face, of which it is in the plane of the picture: it turns with the head from there. */
export function wayInFace(axes: ArrayLike<number>, x: number, y: number): readonly [number, number, number] {
  const along = (axis: number) => axes[2 * axis]! * x + axes[2 * axis + 1]! * y
  // The axes of a turned face are as long in each direction of the picture.
  const square = axes[0]! ** 2 + axes[2]! ** 2 + axes[4]! ** 2
  return [along(0) / square, along(1) / square, along(2) / square]
}
