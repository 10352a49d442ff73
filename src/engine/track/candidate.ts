import { type Face, overlapOf } from '../face/face.ts'
import type { Image } from '../runtime.ts'
import type { FloatTensor } from '../tensor.ts'
import { type FacePlace, placeOfFace } from './face-place.ts'
import type { FaceSight } from './face-sight.ts'
import { type Person, unlikeness } from './person.ts'

/** A box that overlaps more with where the face was looked for holds it well. */
const wellHeld = 0.9

/** A face whose box overlaps less with where it was, one frame before, may be another. */
const surelyStayed = 0.6

/** Boxes that overlap more are of one face. */
const sameFace = 0.3

/** By so much a second face must be more alike to be taken for the one that is followed, where that was found, too. */
const clearly = 0.15

/** A face that may be the one that is followed. */
export interface Candidate {
  /** 68 x (x, y) in pixels of the frame. */
  readonly points: Float32Array
  /** What the recognition network says of it. */
  readonly view: FloatTensor
  /** From the one that is followed: see `unlikeness`. */
  readonly unlikeness: number
  /** Of its box with that in which it was looked for, 0..1. */
  readonly overlap: number
}

/** Whether it is beyond doubt the one that was there one frame before. */
export function isSure(candidate: Candidate | undefined): candidate is Candidate {
  return candidate !== undefined && candidate.unlikeness < 1 && candidate.overlap >= surelyStayed
}

/**
 * The face in a place; undefined where there is none. Where it lies otherwise in its box than faces do, it is looked at again.
 *
 * @param person who is followed, if somebody is
 */
export async function candidateAt(
  sight: FaceSight,
  image: Image,
  place: FacePlace,
  person: Person | undefined,
): Promise<Candidate | undefined> {
  let points = await sight.look(image, place.box, place.angle)
  if (points === undefined) return undefined
  const found = placeOfFace(points)
  if (overlapOf(found.box, place.box) < wellHeld) {
    points = (await sight.look(image, found.box, found.angle)) ?? points
  }
  const view = await sight.describe(image, points)
  return {
    ...{ points, view },
    unlikeness: person === undefined ? 0 : unlikeness(person, view),
    overlap: overlapOf(placeOfFace(points).box, place.box),
  }
}

/**
 * Which of all faces in a frame is the one that is followed: whom the recognition network takes for him, and where it takes
 * several, the most alike. Undefined if there is none.
 *
 * @param stayed what was found where he was
 */
export async function recognised(
  sight: FaceSight,
  image: Image,
  person: Person,
  faces: readonly Face[],
  stayed: Candidate | undefined,
): Promise<Candidate | undefined> {
  const known = isSure(stayed) ? stayed : undefined
  const others = known === undefined ? faces : faces.filter((face) => !isAt(face, placeOfFace(known.points)))
  let best = stayed
  for (const { points } of others) {
    const candidate = await candidateAt(sight, image, placeOfFace(points), person)
    const margin = best !== undefined && best === known ? clearly : 0
    if (candidate !== undefined && candidate.unlikeness + margin < (best?.unlikeness ?? 1)) best = candidate
  }
  return best !== undefined && best.unlikeness < 1 ? best : undefined
}

/** Whether a face that was found is the one in that place. */
export function isAt({ points }: Face, { box }: FacePlace): boolean {
  return overlapOf(placeOfFace(points).box, box) > sameFace
}
