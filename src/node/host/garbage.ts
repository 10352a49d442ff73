import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Frees at once what is no longer used. V8 takes its time with arrays that lie outside its heap: what was read and turned
 * while a graph was built is as large as all weights, and would still be there when the first step needs its memory.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
}
