import { Matrix, pseudoInverse } from 'ml-matrix'

/** Frames that hang together, without a cut or a gap: from the first to the one after the last. */
export interface Segment {
  readonly start: number
  readonly end: number
}

/** Of the curve: a peak that lasts for a few frames, as a blink, survives, which an average flattens. */
const order = 2

/**
 * Rows of numbers that change from frame to frame without their shiver: at each frame the value of the curve of order 2
 * that is nearest to the frames around it (Savitzky and Golay 1964). At the ends the first and the last whole window
 * count (Gorry 1990).
 *
 * @param segments are smoothed each by itself; a frame in none of them stays as it is
 * @param window frames that a curve is laid through, odd; 3 or fewer change nothing
 */
export function smoothedRows(
  rows: readonly ArrayLike<number>[],
  segments: readonly Segment[],
  window: number,
): readonly Float64Array[] {
  const result = rows.map((row) => Float64Array.from(row))
  for (const { start, end } of segments) {
    const width = Math.min(window, end - start)
    if (width <= order + 1) continue
    const kernels = Array.from({ length: width }, (_, place) => kernelAt(place, width))
    for (let frame = start; frame < end; frame++) {
      const first = Math.max(start, Math.min(frame - (width >> 1), end - width))
      const kernel = kernels[frame - first]!
      result[frame]!.forEach((_, column, row) => {
        row[column] = kernel.reduce((sum, factor, i) => sum + factor * rows[first + i]![column]!, 0)
      })
    }
  }
  return result
}

/** The factors of the frames of a window that give the curve's value at one place in it. */
function kernelAt(place: number, width: number): readonly number[] {
  const powers = Array.from({ length: width }, (_, i) =>
    Array.from({ length: order + 1 }, (_, power) => (i - place) ** power),
  )
  return pseudoInverse(new Matrix(powers)).getRow(0)
}
