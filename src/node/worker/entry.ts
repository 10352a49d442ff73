import { endWithParent } from './parent-watch.ts'

/**
 * The entry of the engine process. The rest is loaded second: on a busy machine that takes a while, and a host may be gone
 * before it is over.
 */
endWithParent()
await import('./engine-process.ts')
