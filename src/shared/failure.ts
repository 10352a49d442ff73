import * as v from 'valibot'

/** An error as it crosses from the service to the window: what went wrong, and what the user can do. */
export const failure = v.strictObject({
  /** An `ErrorCode` of the engine, or 'unexpected' for a defect of Mien. */
  code: v.string(),
  message: v.string(),
  hint: v.nullable(v.string()),
})
export type Failure = v.InferOutput<typeof failure>

/** What went wrong and what can be done, in one line. */
export function sentencesOf(failed: {
  readonly message: string
  readonly hint?: string | null | undefined
}): string {
  return [failed.message, failed.hint].filter(Boolean).join(' ')
}
