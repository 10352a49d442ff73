import type { WayFormat } from '../../shared/exports.ts'
import type { LikenessFaces } from './likeness-messages.ts'

/** An encoded square with its landmarks, 68 x (x, y) as fractions of its side, where they are known. */
export interface MarkedSquare {
  readonly bytes: Uint8Array
  readonly points: readonly number[] | null
}

export interface FilmParameters {
  readonly look: MarkedSquare
  readonly landmarks: MarkedSquare
  /** The way of the search, in order. */
  readonly frames: readonly (MarkedSquare & { readonly step: number })[]
  /** A video, or some of the frames on one PNG. */
  readonly form: WayFormat
  /** The look's photograph on the same way, in place of what was drawn or beside it. Its pictures come with their bytes. */
  readonly photograph?: LikenessFaces & { readonly beside: boolean }
  /** An XMP packet for its metadata; it has none otherwise. */
  readonly xmp?: string
}
