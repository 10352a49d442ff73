import { smoothStep } from './outline.ts'
import { type PlaneMap, thinPlateSpline } from './thin-plate-spline.ts'

/**
 * Where each place of the warped picture comes from, around a face's square: displacements on a grid, in fractions of
 * the square's side. Beyond it nothing is moved.
 */
export interface WarpField {
  /** Across and down, (side + 1)^2 x (dx, dy), the first row at the top. */
  readonly shifts: Float32Array
}

/** The grid reaches so far beyond the square on each side. */
export const fieldMargin = 0.04

/** Cells of the grid a side; lines of lips stay smooth between places a hundredth of a square apart. */
export const fieldCells = 108
const nodes = fieldCells + 1

/** Across the outermost part of the field, in fractions of the square, what moves comes to rest. */
const restingWidth = 0.14

/** The plate's stiffness, where the square's side is 1: landmarks of photographs are read to a hundredth of it. */
export const stiffness = 4e-4

/** Places along each edge of the square that the plate is held at. */
const heldAlong = 7

/** Nothing is stretched so far that it keeps less of its area than this; below zero it would be folded. */
const leastArea = 0.12

/** Of what the landmarks around a fold move, so much is left each time that it is relaxed, and so often. */
const relaxedTo = 0.85
const mostRelaxations = 24

/** Landmarks so near to a fold, in fractions of the square, have part in it. */
const foldReach = 0.12

/** The field, and where it brings the landmarks. */
export interface Warp {
  readonly field: WarpField
  /** 68 x (x, y) that were aimed at, less what would have folded. */
  readonly points: Float32Array
}

/**
 * The field that brings a face's landmarks to others, and folds nowhere: where its Jacobian would be too small, the
 * landmarks near by go less far.
 *
 * @param from 68 x (x, y), fractions of the square
 * @param to the same
 */
export function warpField(from: Float32Array, to: Float32Array): Warp {
  let points = to
  for (let round = 0; ; round++) {
    const field = fieldOf(heldSpline(points, from))
    const folds = foldsOf(field)
    if (folds.length === 0 || round === mostRelaxations) return { field, points }
    points = relaxed(from, points, folds)
  }
}

/** The spline between two sets of landmarks, held at the edges of the square. */
export function heldSpline(from: ArrayLike<number>, to: ArrayLike<number>): PlaneMap {
  const held: number[] = []
  for (let i = 0; i < heldAlong; i++) {
    const along = -fieldMargin + ((1 + 2 * fieldMargin) * i) / (heldAlong - 1)
    for (const edge of [-fieldMargin, 1 + fieldMargin]) {
      held.push(along, edge)
      if (i > 0 && i < heldAlong - 1) held.push(edge, along)
    }
  }
  return thinPlateSpline([...Array.from(from), ...held], [...Array.from(to), ...held], stiffness)
}

/** Where a node of that number lies, across or down the square. */
function placeOfNode(index: number): number {
  return -fieldMargin + ((1 + 2 * fieldMargin) * index) / fieldCells
}

function fieldOf(spline: PlaneMap): WarpField {
  const shifts = new Float32Array(2 * nodes * nodes)
  const place = new Float64Array(2)
  const rest = Float64Array.from({ length: nodes }, (_, i) => {
    const inside = Math.min(i, fieldCells - i) * ((1 + 2 * fieldMargin) / fieldCells)
    return smoothStep(0, restingWidth, inside)
  })
  for (let row = 0, at = 0; row < nodes; row++) {
    const y = placeOfNode(row)
    for (let column = 0; column < nodes; column++, at += 2) {
      const share = rest[row]! * rest[column]!
      if (share === 0) continue
      const x = placeOfNode(column)
      spline(x, y, place, 0)
      shifts[at] = share * (place[0]! - x)
      shifts[at + 1] = share * (place[1]! - y)
    }
  }
  return { shifts }
}

/** The map's Jacobian in a cell: how the place in the source moves as that in the result does. */
function jacobianAt({ shifts }: WarpField, row: number, column: number) {
  const at = 2 * (row * nodes + column)
  const scale = fieldCells / (1 + 2 * fieldMargin)
  const [right, below, across] = [at + 2, at + 2 * nodes, at + 2 * nodes + 2]
  const slope = (a: number, b: number, c: number, d: number, axis: number) =>
    (scale * (shifts[b + axis]! - shifts[a + axis]! + shifts[d + axis]! - shifts[c + axis]!)) / 2
  return {
    xx: 1 + slope(at, right, below, across, 0),
    yx: slope(at, right, below, across, 1),
    xy: slope(at, below, right, across, 0),
    yy: 1 + slope(at, below, right, across, 1),
  }
}

/** How much area of the source a unit of the result shows in a cell; below zero it is folded. */
export function cellArea(field: WarpField, row: number, column: number): number {
  const { xx, yx, xy, yy } = jacobianAt(field, row, column)
  return xx * yy - xy * yx
}

/** How many times longer what a cell shows has become, in the direction in which it was drawn out most. */
export function cellStretch(field: WarpField, row: number, column: number): number {
  return stretchOf(jacobianAt(field, row, column))
}

/** The same where a place of the result comes from, seen over so much around it. */
export function stretchAt(shift: Shift, x: number, y: number, around: number): number {
  const at = (dx: number, dy: number) => {
    const into = new Float64Array(2)
    shift(x + dx, y + dy, into)
    return into
  }
  const [left, right, above, below] = [at(-around, 0), at(around, 0), at(0, -around), at(0, around)]
  const slope = (from: Float64Array, to: Float64Array, axis: number) =>
    (to[axis]! - from[axis]!) / (2 * around)
  return stretchOf({
    xx: 1 + slope(left, right, 0),
    yx: slope(left, right, 1),
    xy: slope(above, below, 0),
    yy: 1 + slope(above, below, 1),
  })
}

function stretchOf({ xx, yx, xy, yy }: Record<'xx' | 'yx' | 'xy' | 'yy', number>): number {
  // The lesser singular value, from the greater one and their product.
  const squares = xx * xx + yx * yx + xy * xy + yy * yy
  const area = Math.abs(xx * yy - xy * yx)
  const greater = Math.sqrt((squares + Math.sqrt(Math.max(0, squares ** 2 - 4 * area ** 2))) / 2)
  return greater / Math.max(area, 1e-6)
}

/** The middle of a cell, as fractions of the square. */
export function middleOfCell(row: number, column: number): readonly [x: number, y: number] {
  return [placeOfNode(column + 0.5), placeOfNode(row + 0.5)]
}

/** The middles of cells that are folded, or nearly so. */
function foldsOf(field: WarpField): (readonly [x: number, y: number])[] {
  const folds: (readonly [number, number])[] = []
  for (let row = 0; row < fieldCells; row++) {
    for (let column = 0; column < fieldCells; column++) {
      if (cellArea(field, row, column) < leastArea) folds.push(middleOfCell(row, column))
    }
  }
  return folds
}

function relaxed(
  from: Float32Array,
  to: Float32Array,
  folds: readonly (readonly [number, number])[],
): Float32Array {
  return to.map((value, i) => {
    const [x, y] = [to[i - (i % 2)]!, to[i - (i % 2) + 1]!]
    const isNear = folds.some(([fx, fy]) => Math.hypot(fx - x, fy - y) < foldReach)
    return isNear ? from[i]! + (value - from[i]!) * relaxedTo : value
  })
}

/** Writes where a place of the result comes from, as a shift (dx, dy) in fractions of the square. */
export type Shift = (x: number, y: number, into: Float64Array) => void

/** Writes the shift at a place of the square, (dx, dy), to `into`; zero beyond the field. */
export function shiftAt({ shifts }: WarpField, x: number, y: number, into: Float64Array): void {
  const u = ((x + fieldMargin) * fieldCells) / (1 + 2 * fieldMargin)
  const v = ((y + fieldMargin) * fieldCells) / (1 + 2 * fieldMargin)
  if (!(u > 0 && v > 0 && u < fieldCells && v < fieldCells)) {
    into[0] = 0
    into[1] = 0
    return
  }
  const column = Math.floor(u)
  const row = Math.floor(v)
  const s = u - column
  const t = v - row
  const at = 2 * (row * nodes + column)
  const below = at + 2 * nodes
  const [a, b, c, d] = [(1 - s) * (1 - t), s * (1 - t), (1 - s) * t, s * t]
  into[0] = a * shifts[at]! + b * shifts[at + 2]! + c * shifts[below]! + d * shifts[below + 2]!
  into[1] = a * shifts[at + 1]! + b * shifts[at + 3]! + c * shifts[below + 1]! + d * shifts[below + 3]!
}
