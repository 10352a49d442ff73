import type { ProjectionSettings } from '../../../../engine/projection/settings.ts'
import type { Precision } from '../../../../engine/runtime.ts'
import type { LikenessAim } from '../../../../shared/setup.ts'
import type { ProjectParameters, TargetInput } from '../../../engine/protocol.ts'
import type { ModelFiles } from '../../../models/files.ts'

/** That the result is to be the look's photograph, warped to where the search brought the landmarks. */
export interface LikenessWish {
  /** Whether a look that is a drawing itself stays as the generator draws it. */
  readonly ofPhotographs: boolean
  /** Whether the face is put back into the whole photograph, too. */
  readonly pasteBack: boolean
  /** How far each of the nine groups goes; see `aimedPoints`. */
  readonly shares: readonly number[]
  readonly aim: LikenessAim
}

/** What run.json says about the request. */
export interface RunRequest {
  readonly look: TargetInput
  readonly landmarks: TargetInput
  readonly settings: ProjectionSettings
  readonly files: ModelFiles
  readonly threads?: number
}

/** A projection and where its results go. */
export interface ProjectionOrder extends RunRequest {
  readonly folder: string
  readonly provider: ProjectParameters['execution']['provider']
  /** float32 if absent. */
  readonly precision?: Precision
  readonly film: boolean
  /** Absent where the result stays as the generator draws it. */
  readonly likeness?: LikenessWish
}
