import type { Box } from './face.ts'
import { meanPoint } from './quad.ts'

/** The mean distance of the eyes' centres from the mouth's is so much of the box's side. */
const eyesToMouth = 0.45

/** The middle of the three centres lies so far across and down in the box. */
const across = 0.5
const down = 0.43

/**
 * The square of a face that a recognition network is shown, as face-api aligns it (its `alignDlib`; the figures are
 * its own) but for the rounding to whole pixels.
 *
 * @param points 68 x (x, y)
 * @returns in the points' unit; it may reach beyond the picture
 */
export function recognitionBox(points: ArrayLike<number>): Box {
  const leftEye = meanPoint(points, 36, 42)
  const rightEye = meanPoint(points, 42, 48)
  const mouth = meanPoint(points, 48, 68)
  const distance = [leftEye, rightEye].map(([x, y]) => Math.hypot(x - mouth[0], y - mouth[1]))
  const side = (distance[0]! + distance[1]!) / 2 / eyesToMouth
  const x = (leftEye[0] + rightEye[0] + mouth[0]) / 3
  const y = (leftEye[1] + rightEye[1] + mouth[1]) / 3
  return { x: x - across * side, y: y - down * side, width: side, height: side }
}
