import type { Box } from '../face/face.ts'
import { innerSimilarity } from '../face/inner-similarity.ts'
import { neutralPoints } from '../face/square-quad.ts'

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
  const { to, angle, scale: side } = innerSimilarity(neutral, points)
  const [x, y] = [to[0] + above * side * Math.sin(angle), to[1] - above * side * Math.cos(angle)]
  const box = {
    x: x - (width * side) / 2,
    y: y - (height * side) / 2,
    width: width * side,
    height: height * side,
  }
  return { box, angle }
}
