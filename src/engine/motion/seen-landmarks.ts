import { landmarkCount } from '../face/landmark-groups.ts'
import { innerStart } from '../likeness/inner-landmarks.ts'
import type { Pose } from './motion.ts'
import { matrixOf, type Rotation, turned } from './rotation.ts'

/** How far the cheeks reach out to the viewer in front of each landmark of the jaw, as the painter has them. */
const cheeks = [76, 76, 70, 58, 42, 27, 14, 6, 0, 6, 14, 27, 42, 58, 70, 76, 76]

/** Where the landmarks of a turned head are seen from far in front of it: 68 x (x, y) in units of the shape. */
export function seenLandmarks(shape: ArrayLike<number>, rotation: Rotation): Float64Array {
  const seen = fromFront(turned(shape, rotation))
  addOutline(seen, shape, rotation)
  return seen
}

/** A shape from far in front of it: 68 x (x, y). */
export function fromFront(shape: ArrayLike<number>): Float64Array {
  const flat = new Float64Array(2 * landmarkCount)
  for (let i = 0; i < landmarkCount; i++) {
    flat[2 * i] = shape[3 * i]!
    flat[2 * i + 1] = shape[3 * i + 1]!
  }
  return flat
}

/**
 * Where a head turns away, the cheek comes in front of the jaw, and its outline is where the jaw's landmarks are seen. In
 * the level of a landmark the head is taken for an ellipse, as wide as the jaw and as deep as the cheeks.
 */
function addOutline(seen: Float64Array, shape: ArrayLike<number>, rotation: Rotation): void {
  // Where the direction across the face, from left to right, points to.
  const [acrossX, , , acrossY, , , acrossZ] = matrixOf(rotation)
  const narrowing = Math.hypot(acrossX, acrossY)
  for (let i = 0; i < innerStart; i++) {
    const x = shape[3 * i]!
    if (x * acrossZ >= 0) continue
    const bone = Math.abs(x) * narrowing
    const beyond = (Math.sign(x) * (Math.hypot(bone, cheeks[i]! * acrossZ) - bone)) / narrowing
    seen[2 * i]! += beyond * acrossX
    seen[2 * i + 1]! += beyond * acrossY
  }
}

/** How far landmarks in a picture, 68 x (x, y), lie from those of a shape in a pose, in units of the shape. */
export function unexplained(
  points: ArrayLike<number>,
  { rotation, scale, x, y }: Pose,
  shape: ArrayLike<number>,
): Float64Array {
  return seenLandmarks(shape, rotation).map((seen, i) => (points[i]! - (i % 2 === 0 ? x : y)) / scale - seen)
}
