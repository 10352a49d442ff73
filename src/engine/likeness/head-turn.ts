import { landmarkCount } from '../face/landmark-groups.ts'
import { neutralFace } from '../face/neutral-face.ts'
import { solveRows } from './elimination.ts'

/** Landmarks from here on lie on the face itself; those of the jaw slide along its outline as a head turns. */
const innerStart = 17

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
  const rows = Array.from({ length: 4 }, () => new Float64Array(6))
  for (let i = innerStart; i < landmarkCount; i++) {
    const place = [...neutralFace[i]!, 1]
    const values = [...place, points[2 * i]!, points[2 * i + 1]!]
    place.forEach((a, row) => {
      values.forEach((b, column) => {
        rows[row]![column]! += a * b
      })
    })
  }
  solveRows(rows)
  const [x, y, z] = rows
  const degrees = (depth: number, along: number) => (Math.atan2(depth, along) * 180) / Math.PI
  return { yaw: degrees(z![4]!, x![4]!), pitch: degrees(z![5]!, y![5]!) }
}
