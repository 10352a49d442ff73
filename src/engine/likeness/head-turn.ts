import { neutralFace } from '../face/neutral-face.ts'
import { leastSquares } from './elimination.ts'
import { innerStart } from './inner-landmarks.ts'

/** How a head is turned, in degrees: to the right of the picture, and downwards. */
export interface HeadTurn {
  readonly yaw: number
  readonly pitch: number
}

/**
 * Read off an affine camera (Mundy and Zisserman 1992) that shows the neutral face's landmarks nearest to these, by least
 * squares. Faces differ from the neutral one, so only differences of pitch say something.
 *
 * @param points 68 x (x, y) of an upright face
 */
export function headTurn(points: ArrayLike<number>): HeadTurn {
  const inner = neutralFace.map((place, i) => ({
    place: [...place, 1],
    values: [points[2 * i]!, points[2 * i + 1]!],
  }))
  const [x, y, z] = leastSquares(inner.slice(innerStart))
  const degrees = (depth: number, along: number) => (Math.atan2(depth, along) * 180) / Math.PI
  return { yaw: degrees(z![0]!, x![0]!), pitch: degrees(z![1]!, y![1]!) }
}
