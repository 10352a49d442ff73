import type { Face } from '../../engine/face/face.ts'
import type { Quad } from '../../engine/face/quad.ts'
import type { Image } from '../../engine/runtime.ts'
import type { ModelFile } from '../models/files.ts'
import type { Encoding } from '../runtime/sharp-codec.ts'
import type { Alignment, PictureInput, TargetInput } from './protocol.ts'
import type { RememberedPicture } from './remembered-picture.ts'

export interface DetectOutcome {
  readonly width: number
  readonly height: number
  /** The largest first. */
  readonly faces: readonly Face[]
}

export interface AlignParameters {
  readonly picture: TargetInput
  /** Of the square, in pixels. */
  readonly size: number
}

export interface AlignOutcome {
  readonly image: Image
  readonly alignment: Alignment
}

export interface DepictParameters {
  readonly picture: RememberedPicture
  /** The square to cut out, the middle one or that of a quad; the whole upright picture if absent. */
  readonly square?: 'centre' | Quad
  /** Pixels of the square's side, or of the longer side at most; as large as it is if absent. */
  readonly size?: number
  /** Exactly so many pixels of a square picture's side, by Lanczos, also where it has fewer. */
  readonly side?: number
  readonly encoding: Encoding
}

export interface DepictOutcome {
  /** The file; null where the picture is not held any more and has to be given with its bytes. */
  readonly file: Uint8Array | null
}

export interface HeatMapParameters {
  readonly landmarks: readonly ModelFile[]
  /** A square. */
  readonly picture: PictureInput
  /** Which of the nine groups are shown. */
  readonly groups: readonly number[]
}
