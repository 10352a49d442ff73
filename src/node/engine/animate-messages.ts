import type { FilmDirections } from '../../engine/animation/film-directions.ts'
import type { FrameAgain } from '../../engine/animation/film-hooks.ts'
import type { FirstFrame } from '../../engine/animation/first-frame.ts'
import type { ProjectionSettings } from '../../engine/projection/settings.ts'
import type { Fingerprint } from '../../engine/projection/snapshot-file.ts'
import type { Provider } from '../../engine/runtime.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import type { ModelFiles } from '../models/files.ts'
import type { Execution } from './execution.ts'
import type { ModelHashes, TargetInput } from './protocol.ts'

/**
 * A film of what the generator draws; a tuned generator is not asked. The job tells `progress` of the search for the first frame, and a
 * `preview` of it where one is asked for, then `firstFrame`; `portion` of the directions, then `directions`; and a `frame` for each that is asked for. What is given as
 * known is not searched again, nor told.
 */
export interface AnimateParameters {
  readonly models: ModelFiles
  readonly look: TargetInput
  /** Landmarks of all frames, [frames, 68, 2]: x and y as fractions of the square. */
  readonly targets: FloatTensor
  /** The number of the frame that is searched for as a still. */
  readonly first: number
  /** Of that search; the frames have its weights and its space. */
  readonly settings: ProjectionSettings
  /** Of each frame; with none a frame costs one drawing and is less exact. */
  readonly steps: number
  /** The frames to search for, in that order; of a sequence one after another, and none again. */
  readonly frames: readonly WantedFrame[]
  readonly execution: Execution
  /**
   * Where each frame is searched from the one before, as the reference does it: the latent of the one before those that are asked for, if
   * that is not the first frame. There are no directions then.
   */
  readonly sequence?: { readonly before?: FloatTensor }
  /** What was found before. With it every frame has the same bits on the processor, whenever and in whatever order it is found. */
  readonly known?: { readonly firstFrame: KnownFirstFrame; readonly directions?: FilmDirections }
}

/** A frame that is to be searched for, by its number. */
export interface WantedFrame {
  readonly index: number
  readonly again?: FrameAgain
}

/** The first frame, and of what search it is: another look, other models or settings are refused. */
export interface KnownFirstFrame extends FirstFrame {
  readonly fingerprint: Fingerprint
}

/** One frame, found. */
export interface AnimatedFrame {
  readonly index: number
  /** [1, 1, w_dim] in W, [1, num_ws, w_dim] in W+. */
  readonly latent: FloatTensor
  /** Mean distance of its landmarks from their targets, as the search sees them, in distances of the eyes. */
  readonly error: number
  /** A JPEG of at most 256 pixels. */
  readonly preview: Uint8Array
}

export interface AnimateOutcome {
  readonly stopped: boolean
  readonly firstFrame: KnownFirstFrame
  /** Frames that were found. */
  readonly count: number
  readonly seconds: number
  readonly provider: Provider
  readonly modelHashes: ModelHashes
}
