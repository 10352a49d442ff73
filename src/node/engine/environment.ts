/** What an engine's process is started for. */
export type EngineWork = 'any' | 'tuning'

/**
 * Of the engine's process. glibc keeps freed blocks of up to 32 MB for itself once it has seen such; the weights are
 * many, and are copied several times while a graph is loaded: 0.7 GB of a full-size step. With a fixed threshold
 * they go back, at the price of a tenth of a step that teaches a generator: its weights with their moments are new blocks
 * in every step, and no larger than what it computes with. Other C libraries do not know the variable.
 */
export function workerEnvironment(work: EngineWork): Readonly<Record<string, string>> {
  return work === 'tuning' ? {} : { MALLOC_MMAP_THRESHOLD_: '1048576' }
}
