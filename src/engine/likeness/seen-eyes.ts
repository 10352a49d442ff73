import { openingRatios, withOpenings } from '../motion/openings.ts'

/**
 * Landmark networks read the edges of lids on the iris and the corners within the white. Eyes are wider by these than between the
 * landmarks: along and across, so that lids close over all of the eye. Set by looking at the eyes of photographs.
 */
const [along, across] = [1.5, 2]

const eyes = [
  { start: 36, right: 39 },
  { start: 42, right: 45 },
] as const

/** Landmarks with those of the eyes around what is seen of them: 68 x (x, y). */
export function withWholeEyes(points: ArrayLike<number>): Float32Array {
  const wide = Float64Array.from(points)
  for (const { start, right } of eyes) {
    const [x, y] = [
      (points[2 * start]! + points[2 * right]!) / 2,
      (points[2 * start + 1]! + points[2 * right + 1]!) / 2,
    ]
    const [wx, wy] = [
      points[2 * right]! - points[2 * start]!,
      points[2 * right + 1]! - points[2 * start + 1]!,
    ]
    for (let i = start; i < start + 6; i++) {
      const share = ((points[2 * i]! - x) * wx + (points[2 * i + 1]! - y) * wy) / (wx * wx + wy * wy)
      wide[2 * i]! += (along - 1) * share * wx
      wide[2 * i + 1]! += (along - 1) * share * wy
    }
  }
  const ratios = openingRatios(points).map((ratio, k) => (k < lidPairs ? (ratio * across) / along : ratio))
  return Float32Array.from(withOpenings(wide, ratios))
}

/** Of the openings, the first are those of the lids. */
const lidPairs = 4
