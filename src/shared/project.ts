import * as v from 'valibot'
import { driver } from './driver.ts'
import { count, finite, fraction, id, landmarkPoints, moment, quad, sha256, title } from './fields.ts'
import { setup } from './setup.ts'

/** Where a face is in a picture; pixels of the upright picture. */
export const faceBox = v.strictObject({ x: finite, y: finite, width: finite, height: finite })
export type FaceBox = v.InferOutput<typeof faceBox>

/** A face in a picture. */
export const face = v.strictObject({
  box: faceBox,
  score: fraction,
  points: landmarkPoints,
})
export type FaceRecord = v.InferOutput<typeof face>

/** How a picture becomes a square. */
export const alignment = v.variant('by', [
  /** Its centre square, as it is. */
  v.strictObject({ by: v.literal('centre') }),
  /** FFHQ's quad around one of its faces, a number from 0. */
  v.strictObject({ by: v.literal('face'), face: count }),
  /** By hand: a quad, and the landmarks if they are known. */
  v.strictObject({ by: v.literal('hand'), quad, points: v.exactOptional(landmarkPoints) }),
])
export type AlignmentRecord = v.InferOutput<typeof alignment>

/**
 * A picture of a project. Its file is content-addressed: two pictures of one content share it, as those have that are
 * different faces of one photograph.
 */
export const picture = v.strictObject({
  id,
  name: title,
  sha256,
  bytes: count,
  /** Upright, in pixels. */
  width: v.pipe(count, v.minValue(1)),
  height: v.pipe(count, v.minValue(1)),
  /** The largest first. */
  faces: v.pipe(v.array(face), v.maxLength(200)),
  alignment,
})
export type Picture = v.InferOutput<typeof picture>

/** Of the file project.json. Raised with every change that an older Mien could not read; see `migrations.ts`. */
export const projectVersion = 2

export const mostDrivers = 100

/** What project.json holds. */
export const project = v.strictObject({
  format: v.literal('mien-project'),
  version: v.literal(projectVersion),
  id,
  name: title,
  created: moment,
  modified: moment,
  pictures: v.pipe(v.array(picture), v.maxLength(200)),
  drivers: v.pipe(v.array(driver), v.maxLength(mostDrivers)),
  setup,
})
export type Project = v.InferOutput<typeof project>

/**
 * The project that comes with Mien and what it is called, by which a window knows it: it says so in its own language for as
 * long as nobody gave it another name.
 */
export const example = { id: 'example', name: 'Example' } as const

/** What the gallery shows of a project. */
export const projectSummary = v.strictObject({
  id,
  name: title,
  created: moment,
  modified: moment,
  /** Changes with the picture that `projects.thumbnail` gives; null where there is none yet. */
  thumbnail: v.nullable(v.string()),
  runs: count,
  /** What keeps it from opening whole or being changed; absent for nearly all. */
  trouble: v.exactOptional(v.string()),
})
export type ProjectSummary = v.InferOutput<typeof projectSummary>

/** A project in the bin. */
export const binnedProject = v.strictObject({
  id,
  name: title,
  removed: moment,
  thumbnail: v.nullable(v.string()),
})
export type BinnedProject = v.InferOutput<typeof binnedProject>
