/** A point that was looked at: its loss, and the gradient in the point's own order. */
export interface Look {
  readonly loss: number
  readonly gradient: Float32Array
}

/** A move that was made, and by how much the gradient changed on it. */
export interface Curve {
  readonly move: Float32Array
  readonly turn: Float32Array
}

/**
 * Where a descent by L-BFGS stands, beside its point (Nocedal and Wright, Numerical Optimization, 2nd edition, algorithm 7.5). Plain
 * data: what is needed to go on to the same bits.
 */
export interface Descent {
  /** At the point; undefined before it was looked at. */
  readonly at: Look | undefined
  /** Of the next move, as a multiple of the direction. */
  readonly length: number
  /** How often in a row a move from this point was refused. */
  readonly refusals: number
  /** The last moves, the oldest first. */
  readonly curves: readonly Curve[]
  /** The part of recent moves that was refused: 0..1. */
  readonly roughness: number
}

/** So many moves are remembered. On the pack 10 end 1 to 4 % higher. */
export const mostCurves = 40

/** Root mean square of the first move of a descent, and of the longest, per element. The learning rate of the reference is the same. */
const lengths = { first: 0.02, most: 0.1 }

/** What a move has to gain, as a part of what the slope promises (Armijo; Nocedal and Wright, section 3.1). */
const leastGain = 1e-4

/** After so many refusals in a row what is remembered is of no use. */
export const mostRefusals = 4

/** So many moves count as recent. */
const recent = 16

/** On trained networks a twelfth of the moves is refused, on those of random weights nearly half. */
const mostRoughness = 1 / 3

export const freshDescent: Descent = { at: undefined, length: 0, refusals: 0, curves: [], roughness: 0 }

/** Whether the loss is too rough for this: moves by the curvature seen so far keep being refused. */
export function isRough({ roughness }: Descent): boolean {
  return roughness > mostRoughness
}

/**
 * The inverse curvatures that a descent begins with: Adam's, one over the root of the mean square of each element's gradient, with a
 * floor so that elements that were still do not leap.
 *
 * @param squares Adam's second moments
 */
export function metricOf(squares: Float32Array): Float32Array {
  const mean = squares.reduce((sum, square) => sum + square, 0) / squares.length
  return squares.map((square) => 1 / Math.sqrt(square / mean + 0.01))
}

/** The point that is to be looked at next. */
export function proposed(
  point: Float32Array,
  { at, length, curves }: Descent,
  metric: Float32Array,
): Float32Array {
  if (at === undefined) return point
  const direction = directionOf(at.gradient, curves, metric)
  return point.map((x, i) => x + length * direction[i]!)
}

/** The point and the descent after `trial`, which `proposed` gave, was looked at. */
export function observed(
  point: Float32Array,
  descent: Descent,
  metric: Float32Array,
  trial: Float32Array,
  look: Look,
): { readonly point: Float32Array; readonly descent: Descent } {
  const { at, length, refusals, curves, roughness } = descent
  if (at === undefined)
    return { point, descent: { ...descent, at: look, length: lengthFor(look, [], metric) } }
  const slope = dot(directionOf(at.gradient, curves, metric), at.gradient)
  const counted = (refused: number) => roughness + (refused - roughness) / recent
  if (look.loss <= at.loss + leastGain * length * slope) {
    const curve = { move: minus(trial, point), turn: minus(look.gradient, at.gradient) }
    // Only a loss that bends upwards keeps the directions downhill.
    const kept = dot(curve.move, curve.turn) > 0 ? [...curves, curve].slice(-mostCurves) : curves
    const length = lengthFor(look, kept, metric)
    return { point: trial, descent: { at: look, length, refusals: 0, curves: kept, roughness: counted(0) } }
  }
  if (refusals + 1 < mostRefusals) {
    const shorter = shortened(length, slope, look.loss - at.loss)
    return { point, descent: { ...descent, length: shorter, refusals: refusals + 1, roughness: counted(1) } }
  }
  const fresh = lengthFor(at, [], metric) / 4
  return { point, descent: { at, length: fresh, refusals: 0, curves: [], roughness: counted(1) } }
}

/** The minimum of the parabola through the point, its slope and the refused loss, within a tenth and a half of the length. */
function shortened(length: number, slope: number, gain: number): number {
  const least = (-slope * length ** 2) / (2 * (gain - slope * length))
  return Math.min(0.5 * length, Math.max(0.1 * length, Number.isFinite(least) ? least : 0))
}

/** One for a direction that knows curvature, unless that leads too far. */
function lengthFor({ gradient }: Look, curves: readonly Curve[], metric: Float32Array): number {
  const direction = directionOf(gradient, curves, metric)
  const size = Math.sqrt(dot(direction, direction) / direction.length)
  if (size === 0) return 0
  return curves.length === 0 ? lengths.first / size : Math.min(1, lengths.most / size)
}

/** Downhill by the curvature of the moves: the two loops of Nocedal and Wright, algorithm 7.4. */
function directionOf(gradient: Float32Array, curves: readonly Curve[], metric: Float32Array): Float32Array {
  const direction = Float64Array.from(gradient, (x) => -x)
  const parts = curves.map(() => 0)
  for (let k = curves.length - 1; k >= 0; k--) {
    const { move, turn } = curves[k]!
    parts[k] = dot(move, direction) / dot(move, turn)
    add(direction, turn, -parts[k]!)
  }
  const last = curves.at(-1)
  const scale = last === undefined ? 1 : dot(last.move, last.turn) / weightedSquare(last.turn, metric)
  for (let i = 0; i < direction.length; i++) direction[i]! *= scale * metric[i]!
  curves.forEach(({ move, turn }, k) => {
    add(direction, move, parts[k]! - dot(turn, direction) / dot(move, turn))
  })
  return Float32Array.from(direction)
}

type Row = Float32Array | Float64Array

function dot(a: Row, b: Row): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function weightedSquare(a: Row, weights: Row): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += weights[i]! * a[i]! ** 2
  return sum
}

function add(to: Float64Array, a: Row, factor: number): void {
  for (let i = 0; i < to.length; i++) to[i]! += factor * a[i]!
}

function minus(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((x, i) => x - b[i]!)
}
