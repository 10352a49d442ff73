import { neutralFace } from './neutral-face.ts'

/** The distance of the neutral face's eyes, in its units. */
const eyesApart = 62

/** Rows (x, y, z, 1) of the neutral face, so that a place is linear in them: an affine camera. */
const rows = neutralFace.map(([x, y, z]) => [x / eyesApart, y / eyesApart, z / eyesApart, 1] as const)
const unknowns = 4

/** The fit's scale of what is an outlier goes down from the whole picture to this, in fractions of its width. */
const leastScale = 0.05
const halvings = 6

/**
 * How far each landmark lies from where the others let it be expected: the neutral face, turned, moved and stretched
 * by an affine camera (Mundy and Zisserman 1992) that fits most of them. Outliers lose their say step by step
 * (graduated non-convexity, Blake and Zisserman 1987, with the weights of Geman and McClure), so that none decides
 * where it should lie itself.
 *
 * @param points 68 x (x, y) as fractions of the picture's width and height
 * @param trust 68 factors, 0..1, of what each point says beforehand
 * @returns 68 distances in fractions of the picture's width
 */
export function distancesFromShape(points: ArrayLike<number>, trust: ArrayLike<number>): Float32Array {
  let distances = new Float32Array(rows.length)
  for (let step = 0; step <= halvings; step++) {
    const scale = Math.max(leastScale, 0.5 ** step)
    const weights = Float64Array.from(distances, (distance, i) => {
      return trust[i]! / (1 + (distance / scale) ** 2) ** 2
    })
    const across = fitted(weights, (i) => points[2 * i]!)
    const down = fitted(weights, (i) => points[2 * i + 1]!)
    distances = Float32Array.from(rows, (row, i) =>
      Math.hypot(points[2 * i]! - product(row, across), points[2 * i + 1]! - product(row, down)),
    )
  }
  return distances
}

function product(row: readonly number[], factors: ArrayLike<number>): number {
  return row.reduce((sum, value, i) => sum + value * factors[i]!, 0)
}

/** The factors of weighted least squares, by Gauss-Jordan elimination of the normal equations. */
function fitted(weights: Float64Array, value: (i: number) => number): Float64Array {
  const system = Array.from({ length: unknowns }, () => new Float64Array(unknowns + 1))
  rows.forEach((row, i) => {
    for (let a = 0; a < unknowns; a++) {
      for (let b = 0; b < unknowns; b++) system[a]![b]! += weights[i]! * row[a]! * row[b]!
      system[a]![unknowns]! += weights[i]! * row[a]! * value(i)
    }
  })
  // Where hardly a point is trusted nothing fits; the least of stiffness keeps the numbers finite.
  for (let a = 0; a < unknowns; a++) system[a]![a]! += 1e-9
  for (let a = 0; a < unknowns; a++) {
    const pivot = system[a]!
    for (let other = 0; other < unknowns; other++) {
      if (other === a) continue
      const factor = system[other]![a]! / pivot[a]!
      for (let b = a; b <= unknowns; b++) system[other]![b]! -= factor * pivot[b]!
    }
  }
  return Float64Array.from(system, (equation, a) => equation[unknowns]! / equation[a]!)
}
