import { MienError } from '../../engine/errors.ts'

/** A request that makes no sense now: why, and what would. */
export function wrongUse(message: string, hint?: string): MienError {
  return new MienError('wrong-use', message, hint === undefined ? {} : { hint })
}
