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
  readonly keyFrames: readonly KeyFrame[]
}
