/**
 * Of the engine's process. glibc keeps freed blocks of up to 32 MB for itself once it has seen such; the weights are
 * many, and are copied several times while a graph is loaded: 0.7 GB of a full-size step. With a fixed threshold
 * they go back. Other C libraries do not know the variable.
 */
export const workerEnvironment: Readonly<Record<string, string>> = { MALLOC_MMAP_THRESHOLD_: '1048576' }
