import { headTurn } from './head-turn.ts'
import { innerDistance } from './inner-landmarks.ts'
import { boundsOf, depthIn, outlineThrough } from './outline.ts'
import { cellStretch, fieldCells, middleOfCell, type Shift, stretchAt, type Warp } from './warp-field.ts'

/** What a warp asks of a photograph. */
export interface Reach {
  /** How far the landmarks within the face travel on average, in distances of the eyes. */
  readonly travel: number
  /** How many times longer the most drawn-out fiftieth of the face has become. */
  readonly stretch: number
  /** How much the head is to turn, in degrees. */
  readonly turn: number
}

/** Why a warp can be seen to be one. */
export type ReachWarning = 'turned' | 'stretched'

/** Beyond these a warp shows; set by looking at the pairs of `npm run eval:likeness`. */
const mostTurn = 25
const mostStretch = 2.2

/** A face's outline: the jaw, then the brows back. */
const faceOutline = [...Array.from({ length: 17 }, (_, i) => i), 26, 25, 24, 19, 18, 17]
const innerLips = [60, 61, 62, 63, 64, 65, 66, 67]

/** So much of the face is drawn out less than the figure. */
const share = 0.98

/** The figures of a warp, from the landmarks that it began with. */
export function reachOf(look: Float32Array, { field, points }: Warp, other: ArrayLike<number>): Reach {
  const face = outlineThrough(points, faceOutline)
  const mouth = outlineThrough(points, innerLips)
  const stretches: number[] = []
  for (let row = 0; row < fieldCells; row++) {
    for (let column = 0; column < fieldCells; column++) {
      const [x, y] = middleOfCell(row, column)
      if (depthIn(face, x, y) > 0 && depthIn(mouth, x, y) < 0) stretches.push(cellStretch(field, row, column))
    }
  }
  return {
    travel: innerDistance(points, look),
    stretch: mostOf(stretches),
    turn: turnBetween(look, other),
  }
}

/** Places of a film's frame are looked at so far apart, in fractions of the square, and lips so far around where they part not. */
const [apart, parting] = [0.03, 0.02]

/**
 * The figures of a frame of a film, whose lips part.
 *
 * @param shift where the skin comes from
 * @param points 68 x (x, y), where it goes
 */
export function reachOfFrame(
  look: ArrayLike<number>,
  shift: Shift,
  points: Float32Array,
): Pick<Reach, 'stretch' | 'turn'> {
  const face = outlineThrough(points, faceOutline)
  const mouth = outlineThrough(points, innerLips)
  const [left, top, right, bottom] = boundsOf(face, 0)
  const stretches: number[] = []
  for (let y = top; y < bottom; y += apart) {
    for (let x = left; x < right; x += apart) {
      const counts = depthIn(face, x, y) > 0 && depthIn(mouth, x, y) < -parting
      if (counts) stretches.push(stretchAt(shift, x, y, parting / 2))
    }
  }
  return { stretch: mostOf(stretches), turn: turnBetween(look, points) }
}

/** What most of the face is drawn out less than. */
function mostOf(stretches: number[]): number {
  stretches.sort((a, b) => a - b)
  return stretches[Math.floor(share * stretches.length)] ?? 1
}

function turnBetween(look: ArrayLike<number>, other: ArrayLike<number>): number {
  const [from, to] = [headTurn(look), headTurn(other)]
  return Math.hypot(to.yaw - from.yaw, to.pitch - from.pitch)
}

/** What a user should be told. */
export function reachWarnings({ stretch, turn }: Pick<Reach, 'stretch' | 'turn'>): readonly ReachWarning[] {
  return [
    ...(turn > mostTurn ? (['turned'] as const) : []),
    ...(stretch > mostStretch ? (['stretched'] as const) : []),
  ]
}
