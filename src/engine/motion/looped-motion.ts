import { eased } from './easing.ts'
import { frameRate } from './frame-rate.ts'
import type { FilmTimes, MotionFrame, TimedMotion } from './motion.ts'
import { partOfMotion } from './motion-part.ts'
import { between } from './rotation.ts'
import { shapeLength } from './shape-model.ts'

/** Over so many seconds the end becomes the beginning, and over so much of the film at most. */
const fadeSeconds = 1
const mostOfFilm = 1 / 3

const nothing = new Float64Array(shapeLength)

/** A frame on the way from one frame of a film to another. */
export interface Fade {
  readonly from: number
  readonly to: number
  /** How far on the way, 0..1. */
  readonly part: number
}

/** How the last frames of a film, one after another, fade into its first ones, which are left out; none in a film of fewer than three. */
export function loopFades(film: Pick<FilmTimes, 'timescale' | 'times'>): readonly Fade[] {
  const count = film.times.length
  const rate = frameRate(film)
  if (rate === undefined || count < 3) return []
  const faded = Math.max(1, Math.min(Math.round(fadeSeconds * rate), Math.floor(count * mostOfFilm)))
  return Array.from({ length: faded }, (_, i) => ({
    ...{ from: count - faded + i, to: i },
    part: eased((i + 1) / (faded + 1)),
  }))
}

/**
 * A motion whose last frames fade into its first ones: what follows on the last frame is what followed on them, at the same pace.
 *
 * @param fades of `loopFades`; without any it stays as it is
 */
export function loopedMotion(film: TimedMotion, fades: readonly Fade[]): TimedMotion {
  const faded = fades.length
  if (faded === 0) return film
  const { frames } = film.motion
  const rest = partOfMotion(film, faded, frames.length)
  const kept = rest.motion.frames.slice(0, -faded)
  const looped = [...kept, ...fades.map((fade) => fadedFrame(frames, fade))]
  return { ...rest, motion: { ...rest.motion, frames: looped } }
}

export function fadedFrame(frames: readonly MotionFrame[], { from, to, part }: Fade): MotionFrame {
  return mixedFrame(frames[from]!, frames[to]!, part)
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
