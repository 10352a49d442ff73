import { innerStart } from '../likeness/inner-landmarks.ts'
import { landmarkCount } from './landmark-groups.ts'
import type { Point } from './quad.ts'

/** How a face is moved, turned and scaled to lie over another one. */
export interface Similarity {
  /** The mean of its inner landmarks, and where that comes to lie. */
  readonly from: Point
  readonly to: Point
  /** Clockwise, in radians, -pi..pi. */
  readonly angle: number
  readonly scale: number
}

/** By which the inner landmarks, 68 x (x, y) each, lie nearest to those of the other face, in least squares. */
export function innerSimilarity(face: ArrayLike<number>, other: ArrayLike<number>): Similarity {
  const [from, to] = [innerMean(face), innerMean(other)]
  let [along, across, square] = [0, 0, 0]
  for (let i = 2 * innerStart; i < 2 * landmarkCount; i += 2) {
    const [x, y] = [face[i]! - from[0], face[i + 1]! - from[1]]
    const [u, v] = [other[i]! - to[0], other[i + 1]! - to[1]]
    along += x * u + y * v
    across += x * v - y * u
    square += x * x + y * y
  }
  return { from, to, angle: Math.atan2(across, along), scale: Math.hypot(along, across) / square }
}

function innerMean(points: ArrayLike<number>): Point {
  let [x, y] = [0, 0]
  for (let i = innerStart; i < landmarkCount; i++) {
    x += points[2 * i]!
    y += points[2 * i + 1]!
  }
  const count = landmarkCount - innerStart
  return [x / count, y / count]
}
