import { MienError } from '../../engine/errors.ts'
import type { FailureReport } from './protocol.ts'

/** What of an error crosses to the host. */
export function reportOf(error: unknown): FailureReport {
  if (error instanceof MienError) {
    const { code, message, hint, place } = error
    return { kind: 'refusal', code, message, place, ...(hint === undefined ? {} : { hint }) }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { kind: 'unexpected', message, stack: (error instanceof Error && error.stack) || message }
}

/** The error as the host throws it. */
export function errorOf(report: FailureReport): Error {
  if (report.kind === 'refusal') {
    const { code, message, hint, place } = report
    return new MienError(code, message, { ...place, ...(hint === undefined ? {} : { hint }) })
  }
  const error = new Error(report.message)
  error.stack = report.stack
  return error
}
