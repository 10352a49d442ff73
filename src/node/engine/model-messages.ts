import type { GeneratorFormat } from '../../shared/exports.ts'
import type { ModelFile } from '../models/files.ts'
import type { ModelRecord } from '../models/record.ts'

export interface ImportParameters {
  /** A set of `model-sets`: a file, or the two halves of a perceptual network. */
  readonly files: readonly string[]
  /** The library folder to which the model is added. */
  readonly library: string
  /** What the files are licensed under, where that is known. */
  readonly licence?: string
}

export interface ExportGeneratorParameters {
  readonly generator: readonly ModelFile[]
  readonly format: GeneratorFormat
  /** The library folder in which the original is looked for; the user's if absent. */
  readonly library?: string
}

export interface ImportOutcome {
  readonly record: ModelRecord
  readonly folder: string
  /** Whether the same file had been imported before. */
  readonly known: boolean
}
