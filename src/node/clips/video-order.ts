import type { ClipFacts } from '../../shared/clip.ts'

/** What a decoder is asked for: the frames of a video that begin between two times. */
export interface VideoOrder {
  readonly path: string
  readonly name: string
  readonly facts: ClipFacts
  /** In seconds; the end may be infinite. */
  readonly from: number
  readonly to: number
}
