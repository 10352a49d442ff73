import * as v from 'valibot'
import { finite } from '../engine/fields.ts'

export { count, finite, fraction, sha256 } from '../engine/fields.ts'

/** What the service names things by: letters, digits and dashes, so that an id is never a path. */
export const id = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/))

/** A name as people give it: one line, not empty, nothing that a terminal or a file system would act on. */
export const title = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(1),
  v.maxLength(120),
  v.regex(/^[^\p{Cc}\p{Cs}]*$/u),
)
/** A sentence for the user. */
export const sentence = v.pipe(v.string(), v.maxLength(2000))

/** The longest side of a picture that is taken, and the largest file. */
export const largestFile = 256 * 2 ** 20
export const bytes = v.custom<Uint8Array>(
  (value) => value instanceof Uint8Array && value.byteLength <= largestFile,
)

/** Milliseconds since 1970, as `Date.now()`. */
export const moment = v.pipe(v.number(), v.safeInteger(), v.minValue(0))

/** x, y of 68 landmarks, in turn; pixels of the upright picture. */
export const landmarkPoints = v.pipe(v.array(finite), v.length(136))
/** x, y of the corners top left, bottom left, bottom right, top right. */
export const quad = v.pipe(v.array(finite), v.length(8))
