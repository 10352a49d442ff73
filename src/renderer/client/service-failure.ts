import type { Failure } from '../../shared/failure.ts'

/** Why a call failed: what went wrong as `message`, and what the user can do as `failure.hint`. */
export class ServiceFailure extends Error {
  override readonly name = 'ServiceFailure'
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}
