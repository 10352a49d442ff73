import { eased } from './easing.ts'
import { frameRate } from './frame-rate.ts'
import type { MotionFrame, TimedMotion } from './motion.ts'
import { partOfMotion } from './motion-part.ts'
import { between } from './rotation.ts'
import { shapeLength } from './shape-model.ts'

/** Over so many seconds the end becomes the beginning, and over so much of the film at most. */
const fadeSeconds = 1
const mostOfFilm = 1 / 3

const nothing = new Float64Array(shapeLength)

/** A motion that can be played round and round, and of which frame it is the first of. */
export interface LoopedMotion {
  readonly from: number
  readonly film: TimedMotion
}

/**
 * A motion whose last frames fade into its first ones, which are left out: what follows on the last frame is what followed on them,
 * at the same pace. A film of fewer than three frames stays as it is.
 */
export function loopedMotion(film: TimedMotion): LoopedMotion {
  const count = film.times.length
  const rate = frameRate(film)
  if (rate === undefined || count < 3) return { from: 0, film }
  const faded = Math.max(1, Math.min(Math.round(fadeSeconds * rate), Math.floor(count * mostOfFilm)))
  const rest = partOfMotion(film, faded, count)
  const kept = count - 2 * faded
  const { frames } = film.motion
  const looped = rest.motion.frames.map((frame, i) =>
    i < kept ? frame : mixedFrame(frame, frames[i - kept]!, eased((i - kept + 1) / (faded + 1))),
  )
  return { from: faded, film: { ...rest, motion: { ...rest.motion, frames: looped } } }
}

function mixedFrame(from: MotionFrame, to: MotionFrame, part: number): MotionFrame {
  const mixed = (a: number, b: number) => a + part * (b - a)
  const row = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a, (value, k) => mixed(value, b[k]!))
  return {
    pose: {
      rotation: between(from.pose.rotation, to.pose.rotation, part),
      scale: mixed(from.pose.scale, to.pose.scale),
      x: mixed(from.pose.x, to.pose.x),
      y: mixed(from.pose.y, to.pose.y),
    },
    expression: row(from.expression, to.expression),
    residual: row(from.residual, to.residual),
    ...((from.dragged || to.dragged) && { dragged: row(from.dragged ?? nothing, to.dragged ?? nothing) }),
  }
}
