import { landmarkGroupOf, landmarksAt } from '../../../../engine/face/landmark-groups.ts'
import { type Point, pointsInQuad } from '../../../../engine/face/quad.ts'
import type { Picture } from '../../../../shared/project.ts'
import type { PlacedPoint, Setup } from '../../../../shared/setup.ts'
import { cropOf } from '../crop/crop.ts'

/** Where a picture's landmarks lie in its aligned square: 68 x (x, y), fractions; null where they are not known. */
export function squarePoints(picture: Picture): Float32Array | null {
  const { quad, points } = cropOf(picture)
  return points === null ? null : pointsInQuad(points, quad)
}

/** A landmark that goes to a place of the square, and what is the same place of the face along with it. */
export function pointsPlaced(points: ArrayLike<number>, index: number, [x, y]: Point): PlacedPoint[] {
  const by = [x - points[2 * index]!, y - points[2 * index + 1]!] as const
  const within = (value: number) => Math.min(1, Math.max(0, value))
  return landmarksAt(index).map((one) => ({
    index: one,
    x: within(points[2 * one]! + by[0]),
    y: within(points[2 * one + 1]! + by[1]),
  }))
}

/**
 * The landmarks that a setup asks for: each group's from its picture, and those that were placed by hand. Null where
 * the landmark picture's are not known; a group whose own picture's are not known keeps the landmark picture's.
 */
export function targetPoints(
  { sources, landmarks, points }: Setup,
  pictures: readonly Picture[],
): Float32Array | null {
  const pointsOf = (id: string | null) => {
    const picture = pictures.find((one) => one.id === id)
    return picture === undefined ? null : squarePoints(picture)
  }
  const own = pointsOf(landmarks)
  if (own === null) return null
  const bySource = new Map([...new Set(sources)].map((id) => [id, id === null ? own : (pointsOf(id) ?? own)]))
  const target = own.map((_, i) => bySource.get(sources[landmarkGroupOf(Math.floor(i / 2))] ?? null)![i]!)
  for (const { index, x, y } of points) target.set([x, y], 2 * index)
  return target
}
