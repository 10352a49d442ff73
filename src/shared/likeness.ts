import * as v from 'valibot'
import { landmarkGroups } from '../engine/face/landmark-groups.ts'
import { placedPoint } from '../engine/projection/changes.ts'
import { weight } from '../engine/projection/settings.ts'
import { bytes, finite, id } from './fields.ts'
import { eyeSources, likenessAims } from './setup.ts'

/** What a warped photograph is made of. */
export const likenessOrder = v.strictObject({
  look: id,
  landmarks: id,
  /** For each of the nine groups another picture that its landmarks come from. */
  sources: v.pipe(v.array(v.nullable(id)), v.length(landmarkGroups.length)),
  points: v.pipe(v.array(placedPoint), v.maxLength(68)),
  /** How far each group goes, 1 being all the way. */
  shares: v.pipe(v.array(weight), v.length(landmarkGroups.length)),
  eyes: v.picklist(eyeSources),
  aim: v.picklist(likenessAims),
  /** A run by whose result landmarks are known where their picture has none, or all of them go. */
  run: v.nullable(id),
})
export type LikenessOrder = v.InferOutput<typeof likenessOrder>

/** The aligned square, or the whole photograph with the face in its place. */
export const likenessForm = v.picklist(['square', 'whole'])

/** Why a warp can be seen to be one. */
export const likenessWarnings = ['turned', 'stretched', 'no-mouth'] as const

/** The look's photograph with the landmarks of another picture. */
export const likeness = v.strictObject({
  image: bytes,
  /** 68 x (x, y) as fractions of the square. */
  points: v.pipe(v.array(finite), v.length(136)),
  warnings: v.array(v.picklist(likenessWarnings)),
  /** What was taken from the other picture. */
  parts: v.array(v.picklist(['mouth', 'lips', 'left eye', 'right eye'])),
  /** Whether the look is a drawing itself. */
  drawn: v.boolean(),
  /** How many times longer the most drawn-out part of the face has become. */
  stretch: finite,
  /** The distance of its face from the look's, where it was asked for; below 0.6 for photographs of one person. */
  identity: v.nullable(finite),
})
export type Likeness = v.InferOutput<typeof likeness>
