import type { Bearing } from './bearing.ts'
import type { Rotation } from './rotation.ts'
import type { Segment } from './smoothing.ts'

/** How a head lies in a picture: turned, then seen from far away (scaled orthographic projection). */
export interface Pose {
  readonly rotation: Rotation
  /** Pixels for one unit of the shape. */
  readonly scale: number
  /** Where the origin of the shape, between the eyes, lies in the picture. */
  readonly x: number
  readonly y: number
}

/** What a face does in one frame. */
export interface MotionFrame {
  readonly pose: Pose
  /** Coefficients of the model's expressions. */
  readonly expression: ArrayLike<number>
  /** What neither the model nor `Motion.residual` explains, as a shape that turns with the head: 68 x (x, y, z). */
  readonly residual: ArrayLike<number>
  /** What is dragged of the look that makes this movement, as of `draggedAt`. */
  readonly dragged?: ArrayLike<number>
}

/** A face and what it does, frame by frame. A still is a motion of one frame. */
export interface Motion {
  /** Coefficients of the model's identities. */
  readonly identity: ArrayLike<number>
  /** How the face differs from the model in all frames, 68 x (x, y, z): in depth, too, as far as it turns. */
  readonly residual: ArrayLike<number>
  readonly bearing: Bearing
  readonly frames: readonly MotionFrame[]
}

/** The frames of a film in time. */
export interface FilmTimes {
  /** Ticks a second. */
  readonly timescale: number
  /** When each frame begins, in ticks, ascending. */
  readonly times: readonly number[]
  /** Between cuts and gaps, in order. */
  readonly segments: readonly Segment[]
}

/** A motion in time: what drives a film, without a picture of whom it was taken from. */
export interface TimedMotion extends FilmTimes {
  readonly motion: Motion
}
