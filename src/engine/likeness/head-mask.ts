import { depthIn, type Outline, smoothStep } from './outline.ts'

/** Ears and hair reach so far beyond a face's outline, in fractions of the square: they move with the skull. */
const skullReach = 0.02

/** From so far beyond it on nothing moves. */
export const headReach = 0.15

/** Places around a head lie so far beyond the outline. */
const aroundSkull = 0.11

/** The top of the head lies so far above the line between the jaw's ends as the chin below it, times this. */
const skullHeight = 0.8

const jawEnd = 16

/** The outline of a face with its forehead: the jaw, and the same mirrored at the line between its ends, less high. */
export function headOutline(points: ArrayLike<number>): Outline {
  const [x0, y0] = [points[0]!, points[1]!]
  const [ax, ay] = [points[2 * jawEnd]! - x0, points[2 * jawEnd + 1]! - y0]
  const square = ax * ax + ay * ay
  const jaw = Array.from({ length: jawEnd + 1 }, (_, i) => [points[2 * i]!, points[2 * i + 1]!] as const)
  const skull = jaw.slice(1, -1).map(([x, y]) => {
    const across = ((y - y0) * ax - (x - x0) * ay) / square
    const back = (1 + skullHeight) * across
    return [x + back * ay, y - back * ax] as const
  })
  return Float64Array.from([...jaw, ...skull.reverse()].flat())
}

/** How far a place has part in the movements of a head: 1 as far as its ears, 0 beyond its reach. */
export function headShare(outline: Outline, x: number, y: number): number {
  return smoothStep(-headReach, -skullReach, depthIn(outline, x, y))
}

/** Places around a head that move with its skull: n x (x, y). */
export function placesAround(outline: Outline): number[] {
  const places: number[] = []
  for (let i = 0; i < outline.length; i += 2) {
    const after = (i + 2) % outline.length
    const [dx, dy] = [outline[after]! - outline[i]!, outline[after + 1]! - outline[i + 1]!]
    const length = Math.hypot(dx, dy)
    if (length === 0) continue
    // The outline goes around against the clock, as the jaw does from its left end: outwards is to its right.
    places.push(
      outline[i]! + dx / 2 - (dy / length) * aroundSkull,
      outline[i + 1]! + dy / 2 + (dx / length) * aroundSkull,
    )
  }
  return places
}
