import type { MappingNetwork } from '../../engine/network/stylegan2/generator.ts'
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

/** What statistics of latents are found from. */
export interface StatisticsParameters {
  readonly network: MappingNetwork
  readonly threads: number | undefined
}

export interface PreparedSearch extends Preparation {
  /** Their points only where they are known before a landmark network sees them. */
  readonly images: TargetImages
  /** The 68 landmarks of the look as fractions of its side, where it was aligned by them. */
  readonly lookPoints?: ArrayLike<number>
}
