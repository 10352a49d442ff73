import type { Movement } from '../../engine/projection/movement.ts'
import type { ProjectionSettings } from '../../engine/projection/settings.ts'
import type { TuningSettings } from '../../engine/projection/tuning-settings.ts'
import type { Image, Provider } from '../../engine/runtime.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import type { ModelFile, ModelFiles } from '../models/files.ts'
import type { Encoding } from '../runtime/sharp-codec.ts'
import type { Execution } from './execution.ts'
import type { LikenessFaces, LikenessFigures } from './likeness-messages.ts'

/** The faces that a generator is taught: a look, and where its landmarks go on the way to another latent. */
export type TuningFaces = Omit<LikenessFaces, 'target'> & {
  /** `drawn`: as far as they lie from each other in what the generator draws of the two latents. Absent without that latent. */
  readonly target?: LikenessFaces['target'] | 'drawn'
}

/** A generator that is to draw one person. */
export interface TuneParameters {
  readonly models: ModelFiles
  /** What the photograph is made of that it is taught; the pictures come with their bytes. */
  readonly faces: TuningFaces
  /** Those of the search, by which that for the look's own landmarks is made. */
  readonly settings: ProjectionSettings
  /** What a search has found, [1, 1, w_dim] or [1, num_ws, w_dim]; absent where the look alone is taught. */
  readonly latent?: FloatTensor
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
  readonly provider: Provider
  /** The whole generator as safetensors; it draws without noise. */
  readonly generator: Uint8Array
  /** What it draws of the latent that was found, or else of the look's. */
  readonly image: Image
  /** Where its landmarks were aimed at: 68 x (x, y) as fractions of the square. */
  readonly points: Float32Array
  /** The latent of the look with its own landmarks, [1, num_ws, w_dim]. */
  readonly own: FloatTensor
  /** How the face moves. */
  readonly movement: Movement
  /** Of the picture, beside the look and where its landmarks were aimed at. */
  readonly figures: LikenessFigures
}

/** A face that a generator was taught, to be moved. */
export interface MoveParameters {
  /** The tuned generator. */
  readonly tuned: readonly ModelFile[]
  /** The generator that it was tuned from, and the landmark network that knows its drawings. */
  readonly models: Pick<ModelFiles, 'generator' | 'landmarks'>
  readonly movement: Movement
  /** Where the landmarks are to go: 68 x (x, y) as fractions of the square. */
  readonly aim: readonly number[]
  readonly encoding: Encoding
  /** Pixels of the side; the generator's if absent. */
  readonly side?: number
}

export interface MoveOutcome {
  /** The picture in that encoding. */
  readonly file: Uint8Array
  /** [1, num_ws, w_dim]. */
  readonly latent: FloatTensor
}
