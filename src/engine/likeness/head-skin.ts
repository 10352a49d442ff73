import { meanPoint } from '../face/quad.ts'
import { headShare, heldAround } from './head-mask.ts'
import type { Outline } from './outline.ts'
import { type PlacedSlit, placedSlit, sideOf, slits } from './slits.ts'
import { type PlaneMap, thinPlateSpline } from './thin-plate-spline.ts'
import { fieldCells, fieldMargin, type Shift, shiftAt, stiffness, type WarpField } from './warp-field.ts'

const nodes = fieldCells + 1
const cell = (1 + 2 * fieldMargin) / fieldCells

/** What moves with an edge of a slit alone: it says nothing of what lies beyond the slit. */
const uppers = [49, 50, 51, 52, 53, 61, 62, 63]
const lowers = [55, 56, 57, 58, 59, 65, 66, 67]
const lids = [37, 38, 40, 41, 43, 44, 46, 47]
const landmarks = Array.from({ length: 68 }, (_, i) => i).filter((landmark) => !lids.includes(landmark))
const withUppers = landmarks.filter((landmark) => !lowers.includes(landmark))
const withLowers = landmarks.filter((landmark) => !uppers.includes(landmark))

/** The skin of a head in the frames of a film: it parts at lids and lips, and rests beyond the head. */
export interface HeadSkin {
  /** How far each node of the grid has part in what moves. */
  readonly shares: Float32Array
  readonly held: readonly number[]
  readonly points: ArrayLike<number>
  /** From the landmarks of the brows to places below them that move with them: 10 x (dx, dy). */
  readonly undersides: readonly number[]
}

const brows = Array.from({ length: 10 }, (_, i) => 17 + i)

/** A brow reaches so far down on the way to the middle of its eye; lids that shut would draw it out. */
const browThickness = 0.22

export function headSkin(points: ArrayLike<number>, outline: Outline): HeadSkin {
  const shares = new Float32Array(nodes * nodes)
  forEachNode((x, y, node) => {
    shares[node] = headShare(outline, x, y)
  })
  return { shares, held: heldAround(outline), points, undersides: undersidesOf(points) }
}

function undersidesOf(points: ArrayLike<number>): readonly number[] {
  return brows.flatMap((landmark) => {
    const [left, right] = [meanPoint(points, 36, 42), meanPoint(points, 42, 48)]
    const [x, y] = landmark < 22 ? left : right
    // Straight down: towards the eye, the ends of a brow would go inwards.
    const [wx, wy] = [right[0] - left[0], right[1] - left[1]]
    const square = wx * wx + wy * wy
    const down = ((y - points[2 * landmark + 1]!) * wx - (x - points[2 * landmark]!) * wy) / square
    return [-browThickness * down * wy, browThickness * down * wx]
  })
}

function forEachNode(call: (x: number, y: number, node: number) => void): void {
  for (let row = 0, node = 0; row < nodes; row++) {
    for (let column = 0; column < nodes; column++, node++) {
      call(column * cell - fieldMargin, row * cell - fieldMargin, node)
    }
  }
}

/**
 * Where the skin comes from in a frame with those landmarks: above a slit by the landmarks of its upper edge, below it by
 * those of its lower one, so that lids and lips that meet do not tear at each other.
 *
 * @param target 68 x (x, y), fractions of the square
 */
export function skinShift({ shares, held, points, undersides }: HeadSkin, target: ArrayLike<number>): Shift {
  const placed = [placedSlit(target, slits.mouth)]
  const spline = (part: readonly number[]) => {
    const places = (of: ArrayLike<number>) => [
      ...part.flatMap((i) => [of[2 * i]!, of[2 * i + 1]!]),
      ...undersides.map((offset, i) => of[2 * brows[0]! + i]! + offset),
      ...held,
    ]
    return thinPlateSpline(places(target), places(points), stiffness)
  }
  const exact = mixed(spline(withUppers), spline(withLowers), placed)
  const shifts = new Float32Array(2 * nodes * nodes)
  const shift = new Float64Array(2)
  forEachNode((x, y, node) => {
    const share = shares[node]!
    if (share === 0) return
    exact(x, y, shift)
    shifts[2 * node] = share * shift[0]!
    shifts[2 * node + 1] = share * shift[1]!
  })
  const field: WarpField = { shifts }
  const parted = partedCells(placed)
  return (x, y, into) => {
    const [column, row] = [Math.floor((x + fieldMargin) / cell), Math.floor((y + fieldMargin) / cell)]
    if (parted.has(row * fieldCells + column)) exact(x, y, into)
    else shiftAt(field, x, y, into)
  }
}

function mixed(upper: PlaneMap, lower: PlaneMap, placed: readonly PlacedSlit[]): Shift {
  const [above, below] = [new Float64Array(2), new Float64Array(2)]
  return (x, y, into) => {
    const share = (1 + sideOf(placed, x, y)) / 2
    above.fill(0)
    below.fill(0)
    if (share > 0) upper(x, y, above, 0)
    if (share < 1) lower(x, y, below, 0)
    into[0] = share * above[0]! + (1 - share) * below[0]! - x
    into[1] = share * above[1]! + (1 - share) * below[1]! - y
  }
}

/** Cells of the grid through which the middle of a slit goes, or close by: what lies in them is not one. */
function partedCells(placed: readonly PlacedSlit[]): ReadonlySet<number> {
  const parted = new Set<number>()
  for (const { middle } of placed) {
    for (let i = 0; i + 2 < middle.length; i += 2) {
      const [dx, dy] = [middle[i + 2]! - middle[i]!, middle[i + 3]! - middle[i + 1]!]
      const pieces = Math.ceil(Math.hypot(dx, dy) / (cell / 2)) + 1
      for (let piece = 0; piece <= pieces; piece++) {
        const [x, y] = [middle[i]! + (dx * piece) / pieces, middle[i + 1]! + (dy * piece) / pieces]
        const [column, row] = [Math.floor((x + fieldMargin) / cell), Math.floor((y + fieldMargin) / cell)]
        for (let near = 0; near < 9; near++) {
          parted.add((row + Math.floor(near / 3) - 1) * fieldCells + column + (near % 3) - 1)
        }
      }
    }
  }
  return parted
}
