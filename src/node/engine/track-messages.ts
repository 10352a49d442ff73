import type { Quad } from '../../engine/face/quad.ts'
import type { Motion } from '../../engine/motion/motion.ts'
import type { PictureSize } from '../../engine/runtime.ts'
import type { FaceChoice, KeyFrame } from '../../engine/track/face-tracker.ts'
import type { Track } from '../../engine/track/track.ts'

/** A film whose frames are sent one by one, as they are asked for. Width and height are those of its frames. */
export interface TrackParameters extends PictureSize, FaceChoice {
  /** For messages. */
  readonly name: string
  /** Of the frames, as far as the film says. */
  readonly count: number
}

export interface TrackOutcome {
  /** Of the frames up to where it was stopped. */
  readonly track: Track
  /** What was fitted to it by the pack's model of shapes; not smoothed. */
  readonly motion: Motion
  readonly keyFrames: readonly KeyFrame[]
}

/** The face of a frame, cut out with so much around it that a square that follows it steadily lies within. */
export interface CutFace {
  /** In pixels of the frame. */
  readonly quad: Quad
  /** A JPEG; null where the face was not seen so far. */
  readonly file: Uint8Array | null
}
