import type { ProjectionHooks } from '../projection/projection.ts'
import type { Image } from '../runtime.ts'
import type { FloatTensor } from '../tensor.ts'
import type { FirstFrame } from './first-frame.ts'

/** A frame that is asked for. */
export interface AskedFrame {
  readonly index: number
  /** 68 x (x, y), fractions of the square. */
  readonly target: ArrayLike<number>
}

/** How a frame is searched again: by other steps from the same start. What is better by the objective is kept. */
export interface FrameAgain {
  readonly steps: number
  /** What was found for it before; it is searched by the usual steps first if absent. */
  readonly found?: FloatTensor
}

/** One frame, found. */
export interface FoundFrame {
  readonly index: number
  /** In the shape of the first frame's. */
  readonly latent: FloatTensor
  /** What is drawn of it, in the size in which it was searched. */
  readonly image: Image
  /** See `frameError`. */
  readonly error: number
}

/** What the caller is told, and asked, while frames are searched for. Steps are those of the first search. */
export interface FilmHooks
  extends Pick<ProjectionHooks, 'onStep' | 'onLoaded' | 'isPreviewDue' | 'onPreview'> {
  onFirst?(first: FirstFrame): void
  /** The next frame is begun when it is over. */
  onFrame?(frame: FoundFrame): Promise<void> | void
  /** Asked between two steps of the first search, and between two frames. */
  whilePaused?(): Promise<void> | undefined
  /** Asked in the same places. */
  shouldStop?(): boolean
}

/** Why it ended. */
export interface AnimationEnd {
  readonly first: FirstFrame
  /** Frames that were found. */
  readonly count: number
  readonly stopped: boolean
}
