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
