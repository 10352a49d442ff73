import type { Builder } from '../graph/builder.ts'
import type { Value } from '../graph/value.ts'

/** Cells of the grid in a row: in an aligned picture an eye is about as wide as one. */
const grid = 8

/**
 * The colours of a picture, averaged over the cells of a grid: hair, skin, clothes and background where they lie in
 * the aligned square, and nothing as fine as an expression.
 *
 * @param picture [1, 3, n * 8, n * 8], 0..255
 * @returns [1, 3, 8, 8], 0..1
 */
export function coarseColours(b: Builder, picture: Value): Value {
  return b.div(b.averagePool(picture, { size: picture.shape[3]! / grid }), 255)
}

/** The mean square of the difference of two such grids: 0..1. */
export function colourDistance(b: Builder, seen: Value, wanted: Value): Value {
  const difference = b.sub(seen, wanted)
  return b.reduceMean(b.mul(difference, difference), { keep: false })
}
