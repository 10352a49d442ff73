import type { Precision } from '../../engine/runtime.ts'
import type { ProjectParameters } from '../worker/protocol.ts'
import type { RunRequest } from './run-folder.ts'

/** A projection and where its results go. */
export interface ProjectionOrder extends RunRequest {
  readonly folder: string
  readonly provider: ProjectParameters['execution']['provider']
  /** float32 if absent. */
  readonly precision?: Precision
  readonly film: boolean
}
