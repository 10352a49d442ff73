import type { ErrorCode } from '../../engine/errors.ts'

/** What the command line returns to the shell. */
export const exitCodes = {
  done: 0,
  /** A defect of Mien itself. */
  defect: 1,
  wrongUse: 2,
  badInput: 3,
  device: 4,
  stopped: 130,
} as const

const byError: Readonly<Record<ErrorCode, number>> = {
  'wrong-use': exitCodes.wrongUse,
  'unreadable-file': exitCodes.badInput,
  'bad-file': exitCodes.badInput,
  forbidden: exitCodes.badInput,
  'unsupported-model': exitCodes.badInput,
  mismatch: exitCodes.badInput,
  'bad-image': exitCodes.badInput,
  unwritable: exitCodes.badInput,
  download: exitCodes.badInput,
  'bad-graph': exitCodes.device,
  device: exitCodes.device,
  stopped: exitCodes.stopped,
}

/** The exit code for an error of that kind. */
export function exitCodeOf(code: ErrorCode): number {
  return byError[code]
}
