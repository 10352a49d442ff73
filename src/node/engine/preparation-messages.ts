import type { Preparation } from '../../engine/projection/preparation.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import type { ProjectParameters, TargetImages } from './protocol.ts'

/** What a search on the processor is prepared from. */
export interface PrepareParameters
  extends Pick<ProjectParameters, 'models' | 'look' | 'landmarks' | 'settings'> {
  readonly threads: number | undefined
  /** Of a search that goes on. */
  readonly start: FloatTensor | undefined
}

export interface PreparedSearch extends Preparation {
  /** Their points only where they are known before a landmark network sees them. */
  readonly images: TargetImages
  /** The 68 landmarks of the look as fractions of its side, where it was aligned by them. */
  readonly lookPoints?: ArrayLike<number>
}
