import type { Quad } from '../../engine/face/quad.ts'
import type { PhotographWarning } from '../../engine/likeness/photograph-film.ts'
import type { TransferSettings } from '../../engine/motion/transfer.ts'
import type { Image } from '../../engine/runtime.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import type { FilmFormat } from '../../shared/film.ts'
import type { FilmPart } from '../../shared/run.ts'
import type { ModelFile } from '../models/files.ts'
import type { Execution } from './execution.ts'
import type { FilmGiver } from './film-frame-messages.ts'
import type { RememberedFace } from './likeness-messages.ts'

/** By what the frames of a film are drawn. */
export type FilmPainter =
  /** The look's photograph is warped: the whole of it, no larger than `size` on its longer side, or its square. */
  | {
      readonly kind: 'photograph'
      readonly mode: TransferSettings['mode']
      readonly form: 'square' | 'whole'
      readonly size?: number
    }
  /** The generator draws what was found for each frame. */
  | {
      readonly kind: 'drawn'
      readonly generator: readonly ModelFile[]
      /** By the buffer names of the checkpoint. */
      readonly noise: Readonly<Record<string, FloatTensor>>
      readonly execution: Execution
      /** Pixels of the side; the generator's if absent. */
      readonly size?: number
    }

/** A film that is written. Its frames are sent as they are asked for. */
export interface WriteFilmParameters {
  /** Of the file, or of the folder of pictures. */
  readonly path: string
  readonly format: FilmFormat
  readonly painter: FilmPainter
  /** With the bytes of its picture. */
  readonly look: RememberedFace
  /** What stands to the left of each frame, which is a square then: the look's square, the driver's with its landmarks. */
  readonly beside: readonly ('look' | 'driver')[]
  /** Ticks a second. */
  readonly timescale: number
  /** Of the frames. */
  readonly count: number
  /** Whether it is to be told how near it came, which asks two networks about every frame. */
  readonly judge: boolean
  /** A video whose sound is copied, and the second of it at which the film begins. */
  readonly sound?: { readonly path: string; readonly from: number }
  /** An XMP packet for its metadata; it has none otherwise. */
  readonly xmp?: string
}

/** One frame of a film that is written. */
export interface FilmMoment {
  /** When it begins, and how long it is shown, in ticks. */
  readonly time: number
  readonly duration: number
  /** Where the look's landmarks go: 68 x (x, y) as fractions of the square. */
  readonly target: Float32Array
  /** What is shown of the square that is drawn, as fractions of it; all of it if absent. */
  readonly view?: Quad
  /** The driver in the same frame. */
  readonly giver?: FilmGiver
  /** What is drawn of it, [1, 1, w_dim] or [1, num_ws, w_dim]. */
  readonly latent?: FloatTensor
}

/** How near a film came, as face-api's networks see its frames; distances are in those of the eyes. */
export interface FilmFigures {
  /** The mean distance of the inner landmarks from their targets. */
  readonly error: number
  /** The mean second difference, from frame to frame, of how far they are off; 0 for fewer than three frames. */
  readonly jitter: number
  /** The mean distance of the face from the look's by the recognition network; below 0.6 for photographs of one person. */
  readonly identity: number
}

export interface WriteFilmOutcome {
  /** Whether it was; the film has the frames so far then. */
  readonly stopped: boolean
  /** Frames that were written. */
  readonly count: number
  /** Of a film that was to be judged. */
  readonly figures?: FilmFigures
  /** What users should know of some frame. */
  readonly warnings: readonly PhotographWarning[]
  /** The square of the first frame, and where its landmarks were aimed at: 68 x (x, y) as fractions of its side. */
  readonly image: Image
  readonly points: Float32Array
}

/** What is done for a film, how far that is, 0..1, and for how long it goes on; NaN while nobody knows. */
export interface Filming {
  readonly part: FilmPart
  readonly done: number
  readonly secondsLeft: number
}
