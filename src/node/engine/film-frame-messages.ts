import type { Quad } from '../../engine/face/quad.ts'
import type { PhotographWarning } from '../../engine/likeness/photograph-film.ts'
import type { TransferSettings } from '../../engine/motion/transfer.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import type { ModelFile } from '../models/files.ts'
import type { Encoding } from '../runtime/sharp-codec.ts'
import type { RememberedFace } from './likeness-messages.ts'

/** The driver in a frame, whose mouth may be taken. */
export interface FilmGiver {
  /** The file of its aligned square. */
  readonly bytes: Uint8Array
  /** 68 x (x, y) as fractions of that square. */
  readonly points: readonly number[]
}

export interface FilmFrameParameters {
  readonly look: RememberedFace
  /** Where its landmarks go, 68 x (x, y) as fractions of its aligned square; see `filmTargets`. */
  readonly target: readonly number[]
  /** Whose shape the targets have; see `TransferSettings`. */
  readonly mode: TransferSettings['mode']
  readonly giver?: FilmGiver
  /** The aligned square, or the whole photograph with the face in its place. */
  readonly form: 'square' | 'whole'
  /** Pixels of the square's side, or of the longer side at most; as large as the photograph has it if absent. */
  readonly size?: number
  readonly encoding: Encoding
}

export type FilmFrameOutcome =
  /** The look's picture, by its SHA-256, that is not held any more and has to be given with its bytes. */
  | { readonly missing: readonly string[] }
  | {
      readonly file: Uint8Array
      /** Where the landmarks are: 68 x (x, y) as fractions of the aligned square. */
      readonly points: readonly number[]
      readonly warnings: readonly PhotographWarning[]
    }

/** The noise maps of a film: megabytes that all its frames have in common. */
export interface RememberedNoise {
  /** Names them. */
  readonly sha256: string
  /** By the buffer names of the checkpoint; only where the engine process does not hold them. */
  readonly maps?: Readonly<Record<string, FloatTensor>>
}

/** A frame of a film that the generator draws. */
export interface DrawFrameParameters {
  readonly generator: readonly ModelFile[]
  /** [1, 1, w_dim] or [1, num_ws, w_dim]. */
  readonly latent: FloatTensor
  readonly noise: RememberedNoise
  /** What is shown of what is drawn, as fractions of its side; all if absent. */
  readonly view?: Quad
  /** Pixels of the side at most. */
  readonly size: number
  readonly encoding: Encoding
}

export type DrawFrameOutcome =
  /** The noise maps, by their SHA-256, that are not held any more and have to be given. */
  { readonly missing: readonly string[] } | { readonly file: Uint8Array }
