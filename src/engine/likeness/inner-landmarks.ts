import { landmarkCount } from '../face/landmark-groups.ts'
import { eyesDistance } from '../face/quad.ts'

/** Landmarks from here on lie on the face itself; those before are the jaw, which slides along its outline. */
export const innerStart = 17

/** The mean distance of the inner landmarks from others, over the distance of the eyes of those. */
export function innerDistance(points: ArrayLike<number>, others: ArrayLike<number>): number {
  let sum = 0
  for (let i = innerStart; i < landmarkCount; i++) {
    sum += Math.hypot(points[2 * i]! - others[2 * i]!, points[2 * i + 1]! - others[2 * i + 1]!)
  }
  return sum / (landmarkCount - innerStart) / eyesDistance(others)
}
