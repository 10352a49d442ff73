/**
 * The factors by which places give values with the least squares: a row for each number of a place, a column for each of
 * a value.
 *
 * @param pairs places and their values, each of one length
 */
export function leastSquares(
  pairs: readonly { readonly place: readonly number[]; readonly values: readonly number[] }[],
): readonly (readonly number[])[] {
  const size = pairs[0]!.place.length
  const rows = Array.from({ length: size }, () => new Float64Array(size + pairs[0]!.values.length))
  for (const { place, values } of pairs) {
    place.forEach((a, row) => {
      for (const [column, b] of [...place, ...values].entries()) rows[row]![column]! += a * b
    })
  }
  solveRows(rows)
  return rows.map((row) => [...row.subarray(size)])
}

/**
 * Solves linear equations by Gauss-Jordan elimination with partial pivoting, in place: the columns of `rows` beyond the
 * square become the solutions.
 */
export function solveRows(rows: Float64Array[]): void {
  for (let a = 0; a < rows.length; a++) {
    let best = a
    for (let b = a + 1; b < rows.length; b++) {
      if (Math.abs(rows[b]![a]!) > Math.abs(rows[best]![a]!)) best = b
    }
    const pivot = rows[best]!
    rows[best] = rows[a]!
    rows[a] = pivot
    const factor = 1 / pivot[a]!
    for (let k = a; k < pivot.length; k++) pivot[k]! *= factor
    for (let b = 0; b < rows.length; b++) {
      const row = rows[b]!
      const share = row[a]!
      if (b === a || share === 0) continue
      for (let k = a; k < row.length; k++) row[k]! -= share * pivot[k]!
    }
  }
}
