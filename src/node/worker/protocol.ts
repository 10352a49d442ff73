import type { ErrorCode, ErrorPlace } from '../../engine/errors.ts'
import type { Image, Provider } from '../../engine/runtime.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import type { ObjectiveWeights, ProjectionSettings, ProviderChoice, Terms } from '../../shared/settings.ts'

/** Raised with every change of a message; an engine process of another version is refused. */
export const protocolVersion = 1

/** A picture as it lies on the disk; the engine process decodes it. */
export interface PictureInput {
  /** For messages: the path as the user wrote it. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** The files that hold the networks of a run. */
export interface ModelFiles {
  readonly generator: string
  readonly landmarks: string
  /** One file with both parts, or the convolutions and the linear weights apart. */
  readonly perceptual: readonly string[]
}

/** Where and how a job computes. */
export interface Execution {
  readonly provider: ProviderChoice
  /** Threads of one operator; the runtime's choice if absent. */
  readonly threads?: number
}

/** The two pictures, as they were given to the networks: squares of the generator's size. */
export interface TargetImages {
  readonly look: Image
  readonly landmarks: Image
}

export interface ProjectParameters {
  readonly models: ModelFiles
  readonly look: PictureInput
  readonly landmarks: PictureInput
  readonly settings: ProjectionSettings
  readonly execution: Execution
  /** A preview is sent every so many steps; 0 sends none. */
  readonly previewEvery: number
  /** Whether previews and targets come with their landmarks, for the film. */
  readonly withPoints: boolean
}

export interface ProjectOutcome {
  readonly stopped: boolean
  readonly steps: number
  readonly seconds: number
  readonly provider: Provider
  /** [1, num_ws, w_dim], also in W. */
  readonly latent: FloatTensor
  /** By the buffer names of the checkpoint. */
  readonly noise: Readonly<Record<string, FloatTensor>>
  readonly image: Image
  /** What the generator drew before the first step. */
  readonly start: Image
  readonly targets: TargetImages
  readonly terms: Terms
  /** 68 x (x, y) in pixels of the landmark target, if they were asked for. */
  readonly targetPoints?: Float32Array
}

export interface EvaluateParameters {
  readonly models: ModelFiles
  readonly look: PictureInput
  readonly landmarks: PictureInput
  readonly latent: FloatTensor
  readonly noise?: Readonly<Record<string, FloatTensor>>
  readonly weights: ObjectiveWeights
  readonly gradients: boolean
  readonly execution: Execution
}

export interface EvaluateOutcome {
  readonly terms: Terms
  /** `latent` and `noise/<name>`, if they were asked for. */
  readonly gradients?: Readonly<Record<string, FloatTensor>>
}

export interface RenderParameters {
  readonly generator: string
  readonly latent: FloatTensor
  readonly noise?: Readonly<Record<string, FloatTensor>>
  readonly execution: Execution
}

export interface SampleParameters {
  readonly generator: string
  readonly seeds: readonly number[]
  readonly truncation: number
  readonly execution: Execution
}

export interface ImportParameters {
  /** The file, or the two files of a perceptual network in parts. */
  readonly files: readonly string[]
  /** The library folder to which the model is added. */
  readonly library: string
}

export interface ImportOutcome {
  readonly id: string
  readonly folder: string
  /** Whether the same file had been imported before. */
  readonly known: boolean
}

/** Every job that the engine process does: what it is given and what it gives back. */
export interface Jobs {
  project: { parameters: ProjectParameters; outcome: ProjectOutcome }
  evaluate: { parameters: EvaluateParameters; outcome: EvaluateOutcome }
  render: { parameters: RenderParameters; outcome: { readonly image: Image } }
  /** The pictures come as previews, one a seed. */
  sample: { parameters: SampleParameters; outcome: { readonly count: number } }
  import: { parameters: ImportParameters; outcome: ImportOutcome }
  /** Runs a tiny graph on the provider and compares its result. */
  probe: { parameters: { readonly provider: Provider }; outcome: { readonly provider: Provider } }
}

export type JobName = keyof Jobs

/** What a job is doing before its first step. */
export type Stage = 'pictures' | 'models' | 'graph' | 'steps'

/** What a job tells while it runs. */
export interface JobEvents {
  stage?(stage: Stage): void
  progress?(progress: Progress): void
  preview?(preview: Preview): void
}

export interface Progress {
  /** Steps done so far, from 1. */
  readonly step: number
  readonly steps: number
  readonly terms: Terms
  readonly secondsLeft: number
}

export interface Preview {
  readonly step: number
  readonly image: Image
  /** 68 x (x, y) in pixels, if they were asked for. */
  readonly points?: Float32Array
}

/** An error as it crosses the boundary. `unexpected` marks a defect of Mien, with the stack as detail. */
export type FailureReport =
  | {
      readonly kind: 'refusal'
      readonly code: ErrorCode
      readonly message: string
      readonly hint?: string
      readonly place: ErrorPlace
    }
  | { readonly kind: 'unexpected'; readonly message: string; readonly stack: string }

/** From the host to the engine process. */
export type ToWorker =
  | { [J in JobName]: { kind: 'start'; id: number; job: J; parameters: Jobs[J]['parameters'] } }[JobName]
  | { readonly kind: 'stop'; readonly id: number }

/** From the engine process to the host; 'ready' comes first and once. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly version: number }
  | { readonly kind: 'stage'; readonly id: number; readonly stage: Stage }
  | { readonly kind: 'progress'; readonly id: number; readonly progress: Progress }
  | { readonly kind: 'preview'; readonly id: number; readonly preview: Preview }
  | { readonly kind: 'outcome'; readonly id: number; readonly outcome: Jobs[JobName]['outcome'] }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: FailureReport }
