import * as v from 'valibot'

/** A finite number; JSON has no others, and no result should. */
export const finite = v.pipe(v.number(), v.finite())
/** A whole number from 0. */
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
/** 0..1. */
export const fraction = v.pipe(finite, v.minValue(0), v.maxValue(1))
/** Hexadecimal. */
export const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))
