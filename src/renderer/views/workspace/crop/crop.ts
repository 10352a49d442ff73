import { landmarkGroups, landmarksAt } from '../../../../engine/face/landmark-groups.ts'
import { ffhqQuad, type Point, pointsInQuad, type Quad, quadFrom } from '../../../../engine/face/quad.ts'
import { centreQuad, neutralPoints, pointsOfQuad } from '../../../../engine/face/square-quad.ts'
import type { AlignmentRecord, Picture } from '../../../../shared/project.ts'

/** How a picture is cut, as the tool works on it. */
export interface Crop {
  readonly quad: Quad
  /** 68 x (x, y), pixels of the upright picture; null where nobody knows them. */
  readonly points: readonly number[] | null
  /** What it is as long as nothing is moved by hand: a face of the picture, its centre, or neither. */
  readonly as: number | 'centre' | 'hand'
}

/** The crop that a picture has. */
export function cropOf(picture: Picture): Crop {
  const { alignment } = picture
  switch (alignment.by) {
    case 'face':
      return faceCrop(picture, alignment.face)
    case 'hand':
      return { quad: quadFrom(alignment.quad), points: alignment.points ?? null, as: 'hand' }
    case 'centre':
      return centreCrop(picture)
  }
}

/** FFHQ's square around a face of the picture; the picture's centre if it has no such face. */
export function faceCrop(picture: Picture, face: number): Crop {
  const points = picture.faces[face]?.points
  return points === undefined ? centreCrop(picture) : { quad: ffhqQuad(points), points, as: face }
}

export function centreCrop(picture: Picture): Crop {
  return { quad: centreQuad(picture), points: null, as: 'centre' }
}

/** What the crop was before a hand touched it: the face that it lies nearest to, or the centre. */
export function untouchedCrop(picture: Picture, crop: Crop): Crop {
  if (typeof crop.as === 'number') return faceCrop(picture, crop.as)
  if (crop.as === 'centre' || picture.faces.length === 0) return centreCrop(picture)
  return faceCrop(picture, nearestFace(picture, crop))
}

/** The face whose square the crop's is most like; -1 where there is none. */
function nearestFace({ faces }: Picture, { quad }: Crop): number {
  const apart = faces.map(({ points }) => distance(ffhqQuad(points), quad))
  return apart.indexOf(Math.min(...apart))
}

/**
 * The face that a press on that place of the picture asks for, the smallest where they overlap; null where there is none, or
 * none but the one that the square was put around: by hand it may be another square, which a press must not undo.
 */
export function faceAskedFor(picture: Picture, crop: Crop, [x, y]: Point): number | null {
  const around = picture.faces
    .map(({ box }, face) => ({ box, face, area: box.width * box.height }))
    .filter(({ box }) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height)
    .toSorted((a, b) => a.area - b.area)
  const face = around[0]?.face
  if (face === undefined || face === crop.as) return null
  const isByHand = crop.as === 'hand' && face === nearestFace(picture, crop)
  return isByHand && isInQuad(crop.quad, [x, y]) ? null : face
}

function isInQuad(quad: Quad, [x, y]: Point): boolean {
  const [u, v] = pointsInQuad([x, y], quad)
  return u! >= 0 && u! <= 1 && v! >= 0 && v! <= 1
}

/** The crop with another square, made by hand. */
export function withQuad(crop: Crop, quad: Quad): Crop {
  return { ...crop, quad, as: 'hand' }
}

/** The crop with landmarks, 0..67, moved by hand; the square stays. */
export function withPointsMoved(crop: Crop, landmarks: readonly number[], byX: number, byY: number): Crop {
  if (crop.points === null) return crop
  const moved = new Set(landmarks)
  const points = crop.points.map((value, i) =>
    moved.has(Math.floor(i / 2)) ? value + (i % 2 === 0 ? byX : byY) : value,
  )
  return { ...crop, points, as: 'hand' }
}

/** The crop with the square that FFHQ puts around its landmarks. */
export function withFittingQuad(crop: Crop): Crop {
  return crop.points === null ? crop : withQuad(crop, ffhqQuad(crop.points))
}

/** The crop with a middling face's landmarks put into its square, to be moved from there. */
export function withNeutralPoints(crop: Crop): Crop {
  return { ...crop, points: pointsOfQuad(neutralPoints(), crop.quad), as: 'hand' }
}

/** The landmarks of a group, 0..8, and what is the same place of the face as one of them: corners of the mouth belong to both lips. */
export function landmarksOfGroup(group: number): readonly number[] {
  const { start, end } = landmarkGroups[group]!
  return Array.from({ length: end - start }, (_, i) => start + i).flatMap(landmarksAt)
}

export function alignmentOf({ quad, points, as }: Crop): AlignmentRecord {
  if (as === 'centre') return { by: 'centre' }
  if (as !== 'hand') return { by: 'face', face: as }
  return { by: 'hand', quad: quad.flat(), ...(points !== null && { points: [...points] }) }
}

function distance(a: Quad, b: Quad): number {
  return a.reduce((sum, [x, y], i) => sum + Math.hypot(x - b[i]![0], y - b[i]![1]), 0)
}
