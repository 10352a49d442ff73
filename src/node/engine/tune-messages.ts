import type { ProjectionSettings } from '../../engine/projection/settings.ts'
import type { TuningSettings } from '../../engine/projection/tuning-settings.ts'
import type { Image } from '../../engine/runtime.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import type { ModelFiles } from '../models/files.ts'
import type { Execution } from './execution.ts'
import type { LikenessFaces, LikenessFigures } from './likeness-messages.ts'

/** A generator that is to draw one person. */
export interface TuneParameters {
  readonly models: ModelFiles
  /** What the photograph is made of that it is taught; the pictures come with their bytes. */
  readonly faces: LikenessFaces
  /** Those of the search, by which that for the look's own landmarks is made. */
  readonly settings: ProjectionSettings
  /** What the search has found, [1, num_ws, w_dim]. */
  readonly latent: FloatTensor
  /** What the model asks for; if absent, that for photographs. */
  readonly tuning?: TuningSettings
  readonly execution: Execution
  /** Where to go on: the bytes of a snapshot. */
  readonly snapshot?: Uint8Array
}

export interface TuneOutcome {
  readonly stopped: boolean
  /** Of the tuning. */
  readonly steps: number
  readonly seconds: number
  /** The whole generator as safetensors; it draws without noise. */
  readonly generator: Uint8Array
  /** What it draws of the latent that was found. */
  readonly image: Image
  /** The latent of the look with its own landmarks, [1, num_ws, w_dim]. */
  readonly own: FloatTensor
  /** Of the picture, beside the look and where its landmarks were aimed at. */
  readonly figures: LikenessFigures
}
