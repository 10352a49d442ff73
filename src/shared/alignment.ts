import { ffhqQuad, type Point, type Quad, quadFrom } from '../engine/face/quad.ts'
import type { AlignmentRecord, FaceRecord } from './project.ts'

/**
 * The square that an alignment cuts out of a picture with those faces; null for the middle one, also where the face is
 * not there.
 */
export function quadOf(alignment: AlignmentRecord, faces: readonly FaceRecord[]): Quad | null {
  if (alignment.by === 'centre') return null
  if (alignment.by === 'hand') return quadFrom(alignment.quad)
  const face = faces[alignment.face]
  return face === undefined ? null : ffhqQuad(face.points)
}

/** The landmarks that come with an alignment, 68 x (x, y) in pixels of the picture; null where they are not known. */
export function pointsOf(alignment: AlignmentRecord, faces: readonly FaceRecord[]): readonly number[] | null {
  if (alignment.by === 'centre') return null
  if (alignment.by === 'hand') return alignment.points ?? null
  return faces[alignment.face]?.points ?? null
}

/** How far a corner may be from where a square has it, as a part of the side. */
const tolerance = 0.01

/** Whether the corners are those of a square that is turned and not mirrored, in the order of a quad. */
export function isSquare(numbers: readonly number[]): boolean {
  const [topLeft, bottomLeft, bottomRight, topRight] = quadFrom(numbers)
  const [ax, ay] = [topRight[0] - topLeft[0], topRight[1] - topLeft[1]]
  const side = Math.hypot(ax, ay)
  const near = ([x, y]: Point, px: number, py: number) => Math.hypot(x - px, y - py) <= tolerance * side
  return (
    side > 0 &&
    near(bottomLeft, topLeft[0] - ay, topLeft[1] + ax) &&
    near(bottomRight, topRight[0] - ay, topRight[1] + ax)
  )
}
