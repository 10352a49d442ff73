import type { Builder } from '../graph/builder.ts'
import type { Value } from '../graph/value.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'

/** Cells of the grid in a row: in an aligned picture an eye is about as wide as one. */
export const grid = 8

/** Rows and columns, half-open, of mouth and chin: an open mouth and the shadow below it pass for a beard in so few cells. */
const leftOut = { rows: [5, 7], columns: [2, 6] } as const

/**
 * The colours of a picture, averaged over the cells of a grid: hair, skin, clothes and background where they lie in
 * the aligned square, and nothing as fine as an expression.
 *
 * @param picture [1, 3, n * 8, n * 8], 0..255
 * @returns [1, 3, 8, 8], 0..1; mouth and chin are left out as 0
 */
export function coarseColours(b: Builder, picture: Value): Value {
  const cells = b.averagePool(picture, { size: picture.shape[3]! / grid })
  return b.mul(cells, b.constant(shares(), 'shares'))
}

/** [8, 8]: 1 / 255 for the cells that count. */
function shares(): FloatTensor {
  const within = (x: number, [start, end]: readonly [number, number]) => x >= start && x < end
  const cells = Array.from({ length: grid * grid }, (_, cell) => {
    const isOut = within(Math.floor(cell / grid), leftOut.rows) && within(cell % grid, leftOut.columns)
    return isOut ? 0 : 1 / 255
  })
  return floatTensor([grid, grid], cells)
}

/** The mean square of the difference of two such grids: 0..1. */
export function colourDistance(b: Builder, seen: Value, wanted: Value): Value {
  const difference = b.sub(seen, wanted)
  return b.reduceMean(b.mul(difference, difference), { keep: false })
}
