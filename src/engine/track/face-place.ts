import type { Box } from '../face/face.ts'
import { landmarkCount } from '../face/landmark-groups.ts'
import { neutralPoints } from '../face/square-quad.ts'
import { innerStart } from '../likeness/inner-landmarks.ts'

/** Where a face is looked for: a box that stands upright when it is turned back by the angle, in radians. */
export interface FacePlace {
  readonly box: Box
  readonly angle: number
}

/**
 * The detector's boxes in sides of the face's FFHQ square: medians of the 22 faces of the photographs that come with
 * face-api, whose landmark network was taught with such boxes.
 */
const width = 0.55
const height = 0.77
/** The middle of the box lies so far above that of the landmarks within the face. */
const above = 0.06

const neutral = neutralPoints()

/**
 * Where the face of these landmarks is looked for in the next frame. The neutral face is laid over them as it fits best, moved,
 * turned and scaled, so that the box hardly follows the mouth.
 *
 * @param points 68 x (x, y)
 */
export function placeOfFace(points: ArrayLike<number>): FacePlace {
  const [from, to] = [innerMean(neutral), innerMean(points)]
  let [along, across, square] = [0, 0, 0]
  for (let i = 2 * innerStart; i < 2 * landmarkCount; i += 2) {
    const [x, y] = [neutral[i]! - from[0], neutral[i + 1]! - from[1]]
    const [u, v] = [points[i]! - to[0], points[i + 1]! - to[1]]
    along += x * u + y * v
    across += x * v - y * u
    square += x * x + y * y
  }
  const angle = Math.atan2(across, along)
  const side = Math.hypot(along, across) / square
  const [x, y] = [to[0] + above * side * Math.sin(angle), to[1] - above * side * Math.cos(angle)]
  const box = {
    x: x - (width * side) / 2,
    y: y - (height * side) / 2,
    width: width * side,
    height: height * side,
  }
  return { box, angle }
}

function innerMean(points: ArrayLike<number>): readonly [number, number] {
  let [x, y] = [0, 0]
  for (let i = innerStart; i < landmarkCount; i++) {
    x += points[2 * i]!
    y += points[2 * i + 1]!
  }
  const count = landmarkCount - innerStart
  return [x / count, y / count]
}
