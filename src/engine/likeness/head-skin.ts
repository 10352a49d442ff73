import { leastSquares } from './elimination.ts'
import { fillEveryOther } from './grid-filling.ts'
import { headOutline, headReach, headShare, placesAround } from './head-mask.ts'
import { boundsOf, depthIn, type Outline } from './outline.ts'
import { type PlacedSlit, placedSlit, sideOf, slits } from './slits.ts'
import { bend, thinPlate } from './thin-plate-spline.ts'
import { fieldCells, fieldMargin, type Shift, shiftAt, stiffness, type WarpField } from './warp-field.ts'

const nodes = fieldCells + 1
const cell = (1 + 2 * fieldMargin) / fieldCells

/** What moves with one lip alone: it says nothing of what lies beyond the mouth. */
const uppers = [49, 50, 51, 52, 53, 61, 62, 63]
const lowers = [55, 56, 57, 58, 59, 65, 66, 67]
const lids = [37, 38, 40, 41, 43, 44, 46, 47]
/** All others. */
const landmarks = Array.from({ length: 68 }, (_, i) => i).filter(
  (landmark) => ![...uppers, ...lowers, ...lids].includes(landmark),
)

/** The skin of a head in the frames of a film: it parts at the lips, and rests beyond the head. */
export interface HeadSkin {
  /** How deep each node of the grid lies within the head's outline. */
  readonly depths: Float32Array
  /** Places around the head, n x (x, y). */
  readonly around: readonly number[]
  readonly points: ArrayLike<number>
}

export function headSkin(points: ArrayLike<number>, outline: Outline): HeadSkin {
  const depths = new Float32Array(nodes * nodes)
  forEachNode((x, y, node) => {
    depths[node] = depthIn(outline, x, y)
  })
  return { depths, around: placesAround(outline), points }
}

function forEachNode(call: (x: number, y: number, node: number) => void): void {
  for (let row = 0, node = 0; row < nodes; row++) {
    for (let column = 0; column < nodes; column++, node++) {
      call(column * cell - fieldMargin, row * cell - fieldMargin, node)
    }
  }
}

/**
 * Where the skin comes from in a frame with those landmarks: above the mouth by the landmarks of the upper lip, below it by
 * those of the lower one, so that lips that meet do not tear at each other. Lids move no skin but their own.
 *
 * @param target 68 x (x, y), fractions of the square
 */
export function skinShift({ depths, around, points }: HeadSkin, target: ArrayLike<number>): Shift {
  const mouth = placedSlit(target, slits.mouth)
  const outline = headOutline(target)
  const carried = skullMap(points, target)
  const moved = pairsOf(around).flatMap(([x, y]) => {
    const [u, v] = carried(x, y)
    return [x + aroundShare * (u! - x), y + aroundShare * (v! - y)]
  })
  const places = (of: ArrayLike<number>, landmarks: readonly number[]) =>
    landmarks.flatMap((i) => [of[2 * i]!, of[2 * i + 1]!])
  const common = Float64Array.from([...places(target, landmarks), ...moved])
  const edges = [uppers, lowers].map((edge) => {
    const own = Float64Array.from(places(target, edge))
    const from = [...places(points, landmarks), ...around, ...places(points, edge)]
    return { own, plate: thinPlate([...common, ...own], from, stiffness) }
  })
  const fields = [0, 1, 2].map(() => ({ shifts: new Float32Array(2 * nodes * nodes) }))
  const [above, below, mixed] = fields as [WarpField, WarpField, WarpField]
  const bending = new Float64Array(common.length / 2 + uppers.length)
  forEachNode((x, y, node) => {
    if ((node % nodes) % 2 === 1 || Math.floor(node / nodes) % 2 === 1) return
    for (let k = 0; k < common.length / 2; k++) bending[k] = bend(common, k, x, y)
    for (let i = 0; i < 2; i++) {
      const { own, plate } = edges[i]!
      const { shifts } = fields[i]!
      for (let k = 0; k < own.length / 2; k++) bending[common.length / 2 + k] = bend(own, k, x, y)
      shifts[2 * node] = weighted(plate.across, bending, x, y) - x
      shifts[2 * node + 1] = weighted(plate.down, bending, x, y) - y
    }
  })
  fillEveryOther(above.shifts, nodes, 2)
  fillEveryOther(below.shifts, nodes, 2)
  forEachNode((x, y, node) => {
    const was = depths[node]!
    const share = was <= -headReach ? 0 : headShare(was, depthIn(outline, x, y))
    const upper = share === 0 ? 0 : (1 + sideOf(mouth, x, y)) / 2
    for (let at = 2 * node; at < 2 * node + 2; at++) {
      above.shifts[at]! *= share
      below.shifts[at]! *= share
      mixed.shifts[at] = upper * above.shifts[at]! + (1 - upper) * below.shifts[at]!
    }
  })
  const isParted = partedPlaces(mouth)
  const other = new Float64Array(2)
  return (x, y, into) => {
    if (!isParted(x, y)) {
      shiftAt(mixed, x, y, into)
      return
    }
    const upper = (1 + sideOf(mouth, x, y)) / 2
    shiftAt(above, x, y, into)
    shiftAt(below, x, y, other)
    into[0] = upper * into[0]! + (1 - upper) * other[0]!
    into[1] = upper * into[1]! + (1 - upper) * other[1]!
  }
}

/** One direction of a plate at a place where its points bend it so much. */
function weighted(plate: Float64Array, bending: Float64Array, x: number, y: number): number {
  const { length } = bending
  let value = plate[length]! + plate[length + 1]! * x + plate[length + 2]! * y
  for (let k = 0; k < length; k++) value += bending[k]! * plate[k]!
  return value
}

/** What is around a head goes so far with its skull: more keeps ears as they are, less what is behind. */
const aroundShare = 0.5

/** Ends of the jaw, root of the nose and corners of the eyes: no expression moves them. */
const skullLandmarks = [0, 1, 2, 14, 15, 16, 27, 36, 39, 42, 45]

/** The turn, scale and shift that bring the skull's landmarks nearest to others, by least squares. */
function skullMap(from: ArrayLike<number>, to: ArrayLike<number>) {
  const pairs = skullLandmarks.flatMap((i) => {
    const [x, y] = [from[2 * i]!, from[2 * i + 1]!]
    return [
      { place: [x, -y, 1, 0], values: [to[2 * i]!] },
      { place: [y, x, 0, 1], values: [to[2 * i + 1]!] },
    ]
  })
  const [c, s, dx, dy] = leastSquares(pairs).map(([factor]) => factor!)
  return (x: number, y: number): readonly number[] => [c! * x - s! * y + dx!, s! * x + c! * y + dy!]
}

function pairsOf(values: readonly number[]): readonly (readonly [number, number])[] {
  return Array.from({ length: values.length / 2 }, (_, i) => [values[2 * i]!, values[2 * i + 1]!] as const)
}

/** Whether a place lies in a cell of the grid through which the slit goes, or close by: what lies in such a cell is not one. */
function partedPlaces({ middle }: PlacedSlit): (x: number, y: number) => boolean {
  const parted = new Uint8Array(fieldCells * fieldCells)
  for (let i = 0; i + 2 < middle.length; i += 2) {
    const [dx, dy] = [middle[i + 2]! - middle[i]!, middle[i + 3]! - middle[i + 1]!]
    const pieces = Math.ceil(Math.hypot(dx, dy) / (cell / 2)) + 1
    for (let piece = 0; piece <= pieces; piece++) {
      const [x, y] = [middle[i]! + (dx * piece) / pieces, middle[i + 1]! + (dy * piece) / pieces]
      const [column, row] = [Math.floor((x + fieldMargin) / cell), Math.floor((y + fieldMargin) / cell)]
      for (let near = 0; near < 9; near++) {
        parted[(row + Math.floor(near / 3) - 1) * fieldCells + column + (near % 3) - 1] = 1
      }
    }
  }
  const [left, top, right, bottom] = boundsOf(middle, 2 * cell)
  return (x, y) => {
    if (x < left || x > right || y < top || y > bottom) return false
    const [column, row] = [Math.floor((x + fieldMargin) / cell), Math.floor((y + fieldMargin) / cell)]
    return parted[row * fieldCells + column] === 1
  }
}
