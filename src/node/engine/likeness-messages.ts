import type { Quad } from '../../engine/face/quad.ts'
import type { PartName } from '../../engine/likeness/parts.ts'
import type { Reach } from '../../engine/likeness/reach.ts'
import type { LikenessWarning } from '../../engine/likeness/warped-photograph.ts'
import type { Encoding } from '../runtime/sharp-codec.ts'
import type { RememberedPicture } from './remembered-picture.ts'

/** A face in a picture that the engine process may still hold. */
export interface RememberedFace {
  readonly picture: RememberedPicture
  readonly quad: Quad
  /** 68 x (x, y) in pixels of the picture. */
  readonly points: readonly number[]
}

/** The faces that a warped photograph is made of. */
export interface LikenessFaces {
  /** Whose photograph is warped. */
  readonly look: RememberedFace
  /** Where its landmarks go if all of them go all the way: 68 x (x, y) as fractions of the aligned square. */
  readonly target: readonly number[]
  /** How far each of the nine groups goes; see `aimedPoints`. */
  readonly shares: readonly number[]
  /** Faces whose mouths may be taken where the look's cannot be warped, the one to be preferred first. */
  readonly mouths: readonly RememberedFace[]
  /** Whose eyes are taken; the look keeps its own if absent. */
  readonly eyes?: RememberedFace
}

export interface LikenessParameters extends LikenessFaces {
  /** The aligned square, or the whole photograph with the face in its place. */
  readonly form: 'square' | 'whole'
  /** Pixels of the square's side, or of the longer side at most; as large as the photograph has it if absent. */
  readonly size?: number
  /** Whether a square that has less is enlarged to that, by Lanczos. */
  readonly enlarged?: boolean
  readonly encoding: Encoding
  /** Whether the result is read by the recognition and landmark networks. */
  readonly judge: boolean
}

export type LikenessOutcome =
  /** Pictures, by their SHA-256, that are not held any more and have to be given with their bytes. */
  | { readonly missing: readonly string[] }
  | {
      readonly file: Uint8Array
      /** Where the landmarks are: 68 x (x, y) as fractions of the aligned square. */
      readonly points: readonly number[]
      readonly reach: Reach
      readonly warnings: readonly LikenessWarning[]
      readonly parts: readonly PartName[]
      /** Whether the look is a drawing, as the pack draws them. */
      readonly drawn: boolean
      readonly judged?: LikenessFigures
      readonly seconds: number
    }

/** How near a result came. */
export interface LikenessFigures {
  /** The distance of its face from the look's by the recognition network; below 0.6 for photographs of one person. */
  readonly identity: number
  /** The mean distance of the inner landmarks from where they were aimed at, over the distance of the eyes. */
  readonly landmarks: number
}
