import { smoothStep } from './outline.ts'
import type { Frame } from './portrait.ts'
import { type Slit, slits } from './slits.ts'

/**
 * What lies between lids or lips, in units of its own: across from the left corner (0) to the right one (1), and down from the
 * line between them, in widths.
 */
export interface Gap {
  /** The left corner and the way to the right one, in fractions of the square. */
  readonly frame: Frame
  /** How far down the edges are at a place across; at the corners and beyond, 0. */
  readonly upper: (across: number) => number
  readonly lower: (across: number) => number
  /** The mean way from the upper edge to the lower one between their landmarks; less than 0 where they cross. */
  readonly height: number
}

/** Landmark networks read the corners of eyes within the white, and lids on the iris: eyes are larger by these. */
const [wider, higher] = [1.35, 1.35]

/** Of what lids come together, the upper one does so much. */
const upperShare = 0.75

/** Eyes that are seen from beside have no width: nothing is divided by less. */
const smallest = 1e-9

/** The place of a point of the square, in a gap's units. */
export function inGap({ x, y, a, b }: Frame, u: number, v: number): readonly [across: number, down: number] {
  const [dx, dy] = [u - x, v - y]
  const square = Math.max(smallest, a * a + b * b)
  return [(dx * a + dy * b) / square, (dy * a - dx * b) / square]
}

/** The same back, in fractions of the square. */
export function outOfGap(
  { x, y, a, b }: Frame,
  across: number,
  down: number,
): readonly [u: number, v: number] {
  return [x + across * a - down * b, y + across * b + down * a]
}

/** An eye as it is seen around its landmarks, 68 x (x, y): lids are arcs, since landmarks of single eyes are not exact. */
export function eyeGap(points: ArrayLike<number>, slit: Slit): Gap {
  const { x, y, a, b } = frameBetween(points, slit)
  const margin = (wider - 1) / 2
  const frame = { x: x - margin * a, y: y - margin * b, a: wider * a, b: wider * b }
  const [up, low] = [slit.upper, slit.lower].map((edge) => {
    const inner = placesOf(edge, frame, points)
    const squares = inner.reduce((sum, [across]) => sum + arc(across) ** 2, 0)
    return (
      (higher * inner.reduce((sum, [across, down]) => sum + arc(across) * down, 0)) /
      Math.max(smallest, squares)
    )
  })
  return eyeOf(frame, up!, low!)
}

function eyeOf(frame: Frame, up: number, low: number): Gap {
  return {
    frame,
    upper: (across) => up * arc(across),
    lower: (across) => low * arc(across),
    height: low - up,
  }
}

/** A parabola between the corners that is 1 in the middle. */
function arc(across: number): number {
  return across <= 0 || across >= 1 ? 0 : 4 * across * (1 - across)
}

/** An eye where another is, opened so many times as far: it keeps its lids' form, of which the upper one moves more. */
export function reopened(eye: Gap, { frame }: Gap, times: number): Gap {
  const [up, low] = [eye.upper(0.5), eye.lower(0.5)]
  const more = (times - 1) * (low - up)
  return eyeOf(frame, up - upperShare * more, low + (1 - upperShare) * more)
}

/** A mouth between the landmarks of the lips, 68 x (x, y): its upper edge is as they are, and the lower one hangs from it. */
export function mouthGap(points: ArrayLike<number>): Gap {
  const frame = frameBetween(points, slits.mouth)
  const [above, below] = [slits.mouth.upper, slits.mouth.lower].map((edge) => placesOf(edge, frame, points))
  // Of a pair of landmarks both count at one place across: so edges that meet there meet all along.
  const across = increasing(above!.map(([place], i) => (place + below![i]![0]) / 2))
  const ways = above!.map(([, down], i) => below![i]![1] - down)
  const upper = tabled(curveThrough([0, ...across, 1], [0, ...above!.map(([, down]) => down), 0]))
  const full = ways.map((way, i) => way / hanging(across[i]!))
  const fullness = curveThrough([0, ...across, 1], [full[0]!, ...full, full.at(-1)!])
  const open = tabled((place) => hanging(place) * fullness(place))
  const height = ways.reduce((sum, way) => sum + way, 0) / ways.length
  return { frame, upper, lower: (place) => upper(place) + open(place), height }
}

/** How a lower lip hangs between the corners, 1 in the middle: rounder than a parabola, less than an ellipse. */
function hanging(across: number): number {
  return arc(across) ** 0.75
}

function frameBetween(points: ArrayLike<number>, { upper }: Slit): Frame {
  const [left, right] = [upper[0]!, upper.at(-1)!]
  const [x, y] = [points[2 * left]!, points[2 * left + 1]!]
  return { x, y, a: points[2 * right]! - x, b: points[2 * right + 1]! - y }
}

/** The inner landmarks of an edge. */
function placesOf(edge: readonly number[], frame: Frame, points: ArrayLike<number>) {
  return edge.slice(1, -1).map((i) => inGap(frame, points[2 * i]!, points[2 * i + 1]!))
}

/** Places of a curve are this far apart at least, so that it never turns back. */
const leastStep = 0.05

/** Places across in turn, each at least a step from the one before and from the corners. */
function increasing(places: readonly number[]): readonly number[] {
  let last = 0
  return places.map((place, i) => {
    last = Math.min(1 - leastStep * (places.length - i), Math.max(last + leastStep, place))
    return last
  })
}

/** A smooth curve from corner to corner (a cubic Hermite spline with the slopes between neighbours). */
function curveThrough(xs: readonly number[], ys: readonly number[]): (across: number) => number {
  const most = xs.length - 1
  const slopes = xs.map((_, i) => {
    const [before, after] = [Math.max(0, i - 1), Math.min(most, i + 1)]
    return (ys[after]! - ys[before]!) / (xs[after]! - xs[before]!)
  })
  return (across) => {
    const i = Math.max(
      1,
      xs.findIndex((x) => x >= across),
    )
    const [x0, y0, x1, y1] = [xs[i - 1]!, ys[i - 1]!, xs[i]!, ys[i]!]
    const width = x1 - x0
    const t = (across - x0) / width
    const from = y0 + t * t * (3 - 2 * t) * (y1 - y0)
    return from + width * t * (1 - t) * ((1 - t) * slopes[i - 1]! - t * slopes[i]!)
  }
}

/** Values of a curve that are kept. */
const tableSteps = 128

/** A curve from corner to corner, as straight pieces that are quick to find. */
function tabled(curve: (across: number) => number): (across: number) => number {
  const values = Float64Array.from({ length: tableSteps + 1 }, (_, i) => curve(i / tableSteps))
  return (across) => {
    if (across <= 0 || across >= 1) return 0
    const i = Math.floor(across * tableSteps)
    return values[i]! + (across * tableSteps - i) * (values[i + 1]! - values[i]!)
  }
}

/** How far a place belongs to the upper edge, to what lies between, and to the lower edge: together 1. */
export function sharesAt(down: number, upper: number, lower: number, soft: number) {
  const above = 1 - smoothStep(-soft / 2, soft / 2, down - upper)
  const below = Math.min(1 - above, smoothStep(-soft / 2, soft / 2, down - lower))
  return { above, between: 1 - above - below, below }
}

/**
 * From how far down in the look what lies between two edges comes: it stays where the corners carry it, is covered where the
 * edges come together, and drawn out where they are further apart than in the look, so many times at most.
 */
export function behindEdges(
  down: number,
  [upper, lower]: readonly [number, number],
  [ownUpper, ownLower]: readonly [number, number],
  most: number,
): number {
  const top = Math.min(upper, ownUpper)
  const height = Math.max(1e-6, ownLower - ownUpper)
  return ownUpper + (down - top) / Math.min(most, Math.max(1, (lower - top) / height))
}
