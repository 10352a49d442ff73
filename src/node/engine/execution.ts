import type { Precision } from '../../engine/runtime.ts'
import type { ProviderChoice } from '../../shared/settings.ts'

/** Where and how a job computes. */
export interface Execution {
  readonly provider: ProviderChoice
  /** Threads of one operator; the runtime's choice if absent. */
  readonly threads?: number
}

/** A search may compute in float16, as its first step is held to float32; see the engine's precision guard. */
export interface SearchExecution extends Execution {
  /** float32 if absent. */
  readonly precision?: Precision
}
