import type { Segment } from '../motion/smoothing.ts'
import type { PictureSize } from '../runtime.ts'

/**
 * How the landmarks of a frame are known: seen in it; interpolated between frames around it that show the face; or held, as
 * they are in the nearest frame that shows it.
 */
export const frameStates = ['seen', 'interpolated', 'held'] as const
export type FrameState = (typeof frameStates)[number]

/** A face in one frame of a film. */
export interface TrackFrame {
  /** When the frame begins, in ticks. */
  readonly time: number
  /** 68 x (x, y) in pixels of the frame. */
  readonly points: Float32Array
  readonly state: FrameState
}

/** One face through a film. Its width and height are those of the frames. */
export interface Track extends PictureSize {
  /** Ticks a second: the film's own time base. */
  readonly timescale: number
  /** One at least, in order. */
  readonly frames: readonly TrackFrame[]
  /** Between cuts and gaps; what is held lies in none. */
  readonly segments: readonly Segment[]
}
