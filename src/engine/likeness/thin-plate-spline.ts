import { solveRows } from './elimination.ts'

/** A smooth map of the plane. Writes the image of (x, y) to `into[at]` and `into[at + 1]`. */
export type PlaneMap = (x: number, y: number, into: Float64Array, at: number) => void

/**
 * The map that bends least of those that bring points about where they belong: a thin-plate spline (Bookstein 1989,
 * "Principal warps"), smoothed as Wahba 1990 ("Spline models for observational data", 2.4) has it.
 *
 * @param from n x (x, y)
 * @param to n x (x, y)
 * @param stiffness 0 meets every point; more bends less. It goes with the square of the unit of length.
 */
export function thinPlateSpline(from: ArrayLike<number>, to: ArrayLike<number>, stiffness: number): PlaneMap {
  const { across, down } = thinPlate(from, to, stiffness)
  const count = from.length / 2
  return (x, y, into, at) => {
    let u = across[count]! + across[count + 1]! * x + across[count + 2]! * y
    let v = down[count]! + down[count + 1]! * x + down[count + 2]! * y
    for (let k = 0; k < count; k++) {
      const weight = bend(from, k, x, y)
      u += weight * across[k]!
      v += weight * down[k]!
    }
    into[at] = u
    into[at + 1] = v
  }
}

/** What a map gives in each direction: a weight for the bending at each of its points, then 1, x and y. */
export interface ThinPlate {
  readonly across: Float64Array
  readonly down: Float64Array
}

/** The weights of `thinPlateSpline`. */
export function thinPlate(from: ArrayLike<number>, to: ArrayLike<number>, stiffness: number): ThinPlate {
  const count = from.length / 2
  const size = count + 3
  const rows = Array.from({ length: size }, () => new Float64Array(size + 2))
  for (let i = 0; i < count; i++) {
    const row = rows[i]!
    for (let k = 0; k < count; k++) row[k] = bend(from, k, from[2 * i]!, from[2 * i + 1]!)
    row[i]! += stiffness
    const affine = [1, from[2 * i]!, from[2 * i + 1]!]
    affine.forEach((value, k) => {
      row[count + k] = value
      rows[count + k]![i] = value
    })
    row[size] = to[2 * i]!
    row[size + 1] = to[2 * i + 1]!
  }
  solveRows(rows)
  const [across, down] = [0, 1].map((axis) => Float64Array.from(rows, (row) => row[size + axis]!))
  return { across: across!, down: down! }
}

/** The bending of a plate that is held at one point: r^2 log r^2. */
export function bend(points: ArrayLike<number>, k: number, x: number, y: number): number {
  const square = (x - points[2 * k]!) ** 2 + (y - points[2 * k + 1]!) ** 2
  return square > 0 ? square * Math.log(square) : 0
}
