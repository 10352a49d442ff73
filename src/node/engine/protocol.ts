import type { FilmDirections } from '../../engine/animation/film-directions.ts'
import type { ErrorCode, ErrorPlace } from '../../engine/errors.ts'
import type { Face } from '../../engine/face/face.ts'
import type { Quad } from '../../engine/face/quad.ts'
import type { Change, RecordedChange } from '../../engine/projection/changes.ts'
import type { LatentStatistics } from '../../engine/projection/latent-statistics.ts'
import type { Metrics, ProjectionSettings, Weighting } from '../../engine/projection/settings.ts'
import type { WeightGradients } from '../../engine/projection/weight-gradients.ts'
import type { Image, Precision, Provider } from '../../engine/runtime.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import type { TimedImage } from '../../engine/track/face-tracker.ts'
import type { ModelPart } from '../../shared/settings.ts'
import type { ModelFile, ModelFiles } from '../models/files.ts'
import type { AnimatedFrame, AnimateOutcome, AnimateParameters, KnownFirstFrame } from './animate-messages.ts'
import type { Execution, SearchExecution } from './execution.ts'
import type {
  DrawFrameOutcome,
  DrawFrameParameters,
  FilmFrameOutcome,
  FilmFrameParameters,
} from './film-frame-messages.ts'
import type { FilmParameters } from './film-messages.ts'
import type { LikenessOutcome, LikenessParameters } from './likeness-messages.ts'
import type { ExportGeneratorParameters, ImportOutcome, ImportParameters } from './model-messages.ts'
import type { Pace } from './pace.ts'
import type {
  AlignOutcome,
  AlignParameters,
  DepictOutcome,
  DepictParameters,
  DetectOutcome,
  HeatMapParameters,
} from './picture-messages.ts'
import type { PreparedSearch, PrepareParameters, StatisticsParameters } from './preparation-messages.ts'
import type { CutFace, TrackOutcome, TrackParameters } from './track-messages.ts'
import type { MoveOutcome, MoveParameters, TuneOutcome, TuneParameters } from './tune-messages.ts'
import type { Filming, FilmMoment, WriteFilmOutcome, WriteFilmParameters } from './write-film-messages.ts'

/** Raised with every change of a message; an engine process of another version is refused. */
export const protocolVersion = 20

/** A picture as it lies on the disk; the engine process decodes it. */
export interface PictureInput {
  /** For messages: the path as the user wrote it. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** How a picture becomes an aligned square. */
export type AlignmentChoice =
  /** Not at all: its centre square, as it is. */
  | 'none'
  /** By the largest face, or by the face of that number in the order of size, from 1. */
  | { readonly face?: number }
  /** By landmarks that are given, 68 x (x, y) in pixels. */
  | { readonly points: readonly number[] }
  /** By a square that is given, in pixels, and the landmarks in it where they are known. */
  | { readonly quad: Quad; readonly points?: readonly number[] }

/** A picture that stands for a target. */
export interface TargetInput extends PictureInput {
  readonly alignment: AlignmentChoice
}

/** How a picture was aligned; everything in pixels of the upright picture. */
export interface Alignment {
  readonly width: number
  readonly height: number
  /** Faces that were found; 0 where the landmarks or the square were given. */
  readonly faces: number
  /** The number of the face in the order of size, from 1, with its box and score; absent where none was looked for. */
  readonly face?: { readonly number: number } & Pick<Face, 'box' | 'score'>
  /** 68 x (x, y); absent where the square alone was given. */
  readonly points?: readonly number[]
  readonly quad: Quad
}

/**
 * SHA-256 of the model files by part, of those of the networks that are terms, the recognition and the discriminator, and of
 * a tuned generator that draws.
 */
export type ModelHashes = Readonly<Record<ModelPart, readonly string[]>> & {
  readonly recognition?: readonly string[]
  readonly discriminator?: readonly string[]
  readonly tuned?: readonly string[]
}

/** The two pictures, as they were given to the networks: squares of the generator's size. */
export interface TargetImages {
  readonly look: Image
  readonly landmarks: Image
  /** 68 x (x, y) in pixels of the landmark picture: those that a projection aims at. */
  readonly points?: Float32Array
  /** How they were cut out of the pictures, for those that were aligned. */
  readonly alignments?: { readonly look?: Alignment; readonly landmarks?: Alignment }
}

export interface ProjectParameters {
  readonly models: ModelFiles
  readonly look: TargetInput
  readonly landmarks: TargetInput
  readonly settings: ProjectionSettings
  readonly execution: SearchExecution
  /** A preview is sent every so many steps, 0 sending none, or whenever one is worth it: see `previewTiming`. */
  readonly previewEvery: number | 'asked'
  /** Where to go on: the bytes of a snapshot. */
  readonly snapshot?: Uint8Array
  /** Of a live run: to be made when their step is reached, as they were the first time. */
  readonly changes?: readonly RecordedChange[]
  /** The pictures that the changes name. */
  readonly pictures?: Readonly<Record<string, TargetInput>>
}

export interface ProjectOutcome {
  readonly stopped: boolean
  readonly steps: number
  readonly seconds: number
  readonly provider: Provider
  /** In which the steps were computed last. */
  readonly precision: Precision
  /** [1, num_ws, w_dim], also in W. */
  readonly latent: FloatTensor
  /** By the buffer names of the checkpoint. */
  readonly noise: Readonly<Record<string, FloatTensor>>
  readonly image: Image
  /** Its landmarks, 68 x (x, y) as fractions of its side. */
  readonly points: Float32Array
  /** What the generator drew before the first step. */
  readonly start: Image
  readonly terms: Metrics
  /** Made while it ran, the oldest first. */
  readonly changes: readonly RecordedChange[]
  /**
   * The distance of the result's face from the look's by a face recognition network: 0 for the same, below 0.6 for
   * photographs of one person. Absent where the look was not aligned as a photograph.
   */
  readonly identity?: number
  readonly pace?: Pace
  readonly modelHashes: ModelHashes
}

export interface EvaluateParameters {
  readonly models: ModelFiles
  readonly look: TargetInput
  readonly landmarks: TargetInput
  readonly latent: FloatTensor
  readonly noise?: Readonly<Record<string, FloatTensor>>
  readonly weighting: Weighting
  readonly gradients: boolean
  readonly execution: Execution
}

export interface EvaluateOutcome {
  readonly terms: Metrics
  /** `latent` and `noise/<name>`, if they were asked for. */
  readonly gradients?: Readonly<Record<string, FloatTensor>>
}

export interface WeightGradientParameters extends RenderParameters {
  readonly look: TargetInput
}

export interface RenderParameters {
  readonly generator: readonly ModelFile[]
  readonly latent: FloatTensor
  readonly noise?: Readonly<Record<string, FloatTensor>>
  readonly execution: Execution
}

export interface SampleParameters {
  readonly generator: readonly ModelFile[]
  readonly seeds: readonly number[]
  readonly truncation: number
  readonly execution: Execution
}

/** Every job that the engine process does: what it is given and what it gives back. */
export interface Jobs {
  project: { parameters: ProjectParameters; outcome: ProjectOutcome }
  /** What `project` needs before its first step, on the processor. */
  prepare: { parameters: PrepareParameters; outcome: PreparedSearch }
  /** Of this the part that needs neither pictures nor other networks. */
  statistics: { parameters: StatisticsParameters; outcome: LatentStatistics }
  evaluate: { parameters: EvaluateParameters; outcome: EvaluateOutcome }
  /** Goes on from a snapshot, as `project` does. */
  tune: { parameters: TuneParameters; outcome: TuneOutcome }
  move: { parameters: MoveParameters; outcome: MoveOutcome }
  /** How a generator's weights would bring the picture of a latent nearer to the look. */
  'weight-gradients': { parameters: WeightGradientParameters; outcome: WeightGradients }
  render: { parameters: RenderParameters; outcome: { readonly image: Image } }
  /** How large it draws, in pixels. */
  'generator-side': {
    parameters: Pick<RenderParameters, 'generator'>
    outcome: { readonly side: number }
  }
  /** What a search had found when a snapshot of it was taken. */
  'snapshot-result': {
    parameters: { readonly generator: readonly ModelFile[]; readonly snapshot: Uint8Array }
    outcome: Pick<ProjectOutcome, 'latent' | 'noise' | 'image'>
  }
  /** The pictures come as previews, one a seed. */
  sample: { parameters: SampleParameters; outcome: { readonly count: number } }
  detect: { parameters: { readonly picture: PictureInput }; outcome: DetectOutcome }
  align: { parameters: AlignParameters; outcome: AlignOutcome }
  /** A picture of the user, or a square of it, as the window shows it and as it is exported. */
  depict: { parameters: DepictParameters; outcome: DepictOutcome }
  /** The look's photograph with the other's landmarks. */
  likeness: { parameters: LikenessParameters; outcome: LikenessOutcome }
  /** One frame of a film of a photograph. */
  'film-frame': { parameters: FilmFrameParameters; outcome: FilmFrameOutcome }
  /** One frame of a film that is drawn. */
  'draw-frame': { parameters: DrawFrameParameters; outcome: DrawFrameOutcome }
  /** What a landmark network sees, as a translucent PNG to be laid over the picture. */
  'heat-maps': { parameters: HeatMapParameters; outcome: { readonly file: Uint8Array } }
  film: { parameters: FilmParameters; outcome: { readonly file: Uint8Array } }
  /** A film of what the generator draws. */
  animate: { parameters: AnimateParameters; outcome: AnimateOutcome }
  /** One face through the frames of a film. */
  track: { parameters: TrackParameters; outcome: TrackOutcome; frame: TimedImage }
  /** A film as a file, of what moves as its targets say. */
  'write-film': { parameters: WriteFilmParameters; outcome: WriteFilmOutcome; frame: FilmMoment }
  /** Which of the files make a model together: a set for each import. */
  'model-sets': {
    parameters: { readonly files: readonly string[] }
    outcome: { readonly sets: readonly (readonly string[])[] }
  }
  import: { parameters: ImportParameters; outcome: ImportOutcome }
  /** A generator in another form. */
  'export-generator': {
    parameters: ExportGeneratorParameters
    outcome: { readonly file: Uint8Array }
  }
  /** Runs a small graph on the provider and compares its result and speed with the processor's. */
  probe: {
    parameters: { readonly provider: Provider }
    outcome: { readonly provider: Provider; readonly worthwhile: boolean }
  }
}

export type JobName = keyof Jobs

/** What a job asks for, frame by frame. */
export type GivenFrame = TimedImage | FilmMoment

/** What a job is doing before its first step. */
export type Stage = 'pictures' | 'faces' | 'models' | 'graph' | 'precision'

/** What a job tells while it runs. */
export interface JobEventData {
  stage: Stage
  /** Once, before the first step of a projection. */
  targets: TargetImages
  progress: Progress
  preview: Preview
  /** The provider that was chosen, before the networks are prepared. */
  device: Provider
  /** Every 25 steps or 5 s, before a change, and wherever a run is paused or ends. */
  snapshot: StateBytes
  /** A change that was asked for was made. */
  change: MadeChange
  /** A change that was asked for cannot be made; the run goes on without it. */
  refused: RefusedChange
  /** Whether the run waits, each time that it changes. */
  paused: boolean
  /** How far a tuning is, the search before it included. */
  tuning: { readonly step: number; readonly steps: number; readonly secondsLeft: number }
  /** How far a film is that a run makes: no job tells it. */
  filming: Filming
  /** How far a job without steps is, 0..1. */
  portion: number
  /** The face of each frame in which one is followed, in order. */
  square: CutFace
  /** What the job waits for. */
  wanted: 'frame'
  /** Of an animation: its first frame and its directions were found, once, and a frame. */
  firstFrame: KnownFirstFrame
  directions: FilmDirections
  frame: AnimatedFrame
  /** A sentence for the user: what goes otherwise than was asked for. */
  notice: string
}

export type JobEventName = keyof JobEventData

/** Those who listen. */
export type JobEvents = { readonly [E in JobEventName]?: (data: JobEventData[E]) => void }

const everyEvent: Readonly<Record<JobEventName, true>> = {
  ...{ stage: true, targets: true, progress: true, preview: true, device: true, snapshot: true },
  ...{ change: true, refused: true, paused: true, tuning: true, portion: true, notice: true },
  ...{ wanted: true, square: true, filming: true, firstFrame: true, directions: true, frame: true },
}
export const jobEventNames = Object.keys(everyEvent) as readonly JobEventName[]

/** A change that was made, with the ids of what it answers: the request for it, and those that it overruled. */
export interface MadeChange extends RecordedChange {
  readonly asks: readonly string[]
}

/** The id of a change that was asked for, and why it cannot be made. */
export interface RefusedChange {
  readonly ask: string
  readonly failure: FailureReport
}

/** A snapshot of a search. */
export interface StateBytes {
  /** Steps done. */
  readonly step: number
  readonly bytes: Uint8Array
}

export interface Progress {
  /** Steps done so far, from 1. */
  readonly step: number
  /** Infinity while a live run is held. */
  readonly steps: number
  readonly terms: Metrics
  /** NaN after the first step, whose length is not known yet. */
  readonly secondsLeft: number
}

export interface Preview {
  readonly step: number
  readonly image: Image
  /** 68 x (x, y) in pixels; pictures of the generator alone have none. */
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
  /** What jobs open from now on stays open for later ones of the same kind. */
  | { readonly kind: 'keep' }
  | { [J in JobName]: { kind: 'start'; id: number; job: J; parameters: Jobs[J]['parameters'] } }[JobName]
  | { readonly kind: 'stop' | 'pause' | 'resume' | 'show'; readonly id: number }
  | ({ readonly kind: 'steer'; readonly id: number } & Steer)
  /** The next frame of a film, when one is wanted; null after the last. */
  | { readonly kind: 'frame'; readonly id: number; readonly frame: GivenFrame | null }

/** A change that is asked of a live run, with the picture that it names. */
export interface Steer {
  /** By which the answer is known: a UUID. */
  readonly ask: string
  readonly change: Change
  readonly picture?: TargetInput
}

/** From the engine process to the host; 'ready' comes first and once. */
export type FromWorker =
  | { readonly kind: 'ready'; readonly version: number }
  | {
      [E in JobEventName]: {
        readonly kind: 'event'
        readonly id: number
        readonly name: E
        readonly data: JobEventData[E]
      }
    }[JobEventName]
  | { readonly kind: 'outcome'; readonly id: number; readonly outcome: Jobs[JobName]['outcome'] }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: FailureReport }
