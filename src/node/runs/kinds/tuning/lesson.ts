import { join } from 'node:path'
import * as v from 'valibot'
import { landmarkGroups } from '../../../../engine/face/landmark-groups.ts'
import { count, finite } from '../../../../engine/fields.ts'
import { projectionSettings } from '../../../../engine/projection/settings.ts'
import { landmarkPoints } from '../../../../shared/fields.ts'
import type { RememberedFace } from '../../../engine/likeness-messages.ts'
import type { TuningFaces } from '../../../engine/tune-messages.ts'
import { keptModelFiles } from '../../../models/files.ts'
import { keptPicture, readPicture } from '../../record/pictures.ts'
import { pictureFolder, recoveryFolder } from '../../record/run-files.ts'

const corner = v.pipe(v.tuple([finite, finite]), v.readonly())

/** A face as a record keeps it; its picture lies by its hash. */
export const keptFace = v.object({
  picture: v.omit(keptPicture, ['alignment']),
  quad: v.pipe(v.tuple([corner, corner, corner, corner]), v.readonly()),
  points: v.pipe(landmarkPoints, v.readonly()),
})

/** What a generator is taught, as a record keeps it: see `TuningFaces`. The pictures lie by their hashes. */
export const keptLesson = v.object({
  look: keptFace,
  target: v.exactOptional(v.union([v.pipe(landmarkPoints, v.readonly()), v.literal('drawn')])),
  shares: v.pipe(v.array(finite), v.length(landmarkGroups.length), v.readonly()),
  mouths: v.pipe(v.array(keptFace), v.readonly()),
  eyes: v.exactOptional(keptFace),
  /** Those of the search. */
  settings: projectionSettings,
  /** Of one that was begun on the command line: its models, wherever they lie, and the threads that were asked for. */
  files: v.exactOptional(keptModelFiles),
  threads: v.exactOptional(count),
})
export type KeptLesson = Readonly<v.InferOutput<typeof keptLesson>>

export type KeptFace = KeptLesson['look']

/** All faces of a lesson, each once. */
export function facesIn<F>({
  look,
  mouths,
  eyes,
}: {
  look: F
  mouths: readonly F[]
  eyes?: F
}): readonly F[] {
  return [look, ...mouths, ...(eyes === undefined ? [] : [eyes])]
}

export function keptLessonOf(
  { look, mouths, eyes, target, shares }: TuningFaces,
  settings: KeptLesson['settings'],
): KeptLesson {
  return {
    ...{ look: keptFaceOf(look), mouths: mouths.map(keptFaceOf), settings },
    shares: [...shares],
    ...(target !== undefined && { target: target === 'drawn' ? target : [...target] }),
    ...(eyes && { eyes: keptFaceOf(eyes) }),
  }
}

/** With the bytes of the pictures. Throws MienError 'unreadable-file', 'mismatch' for one that changed. */
export async function readLesson(
  { look, mouths, eyes, target, shares }: KeptLesson,
  runFolder: string,
): Promise<TuningFaces> {
  const read = (face: KeptFace) => readFace(face, runFolder)
  return {
    ...{ look: await read(look), mouths: await Promise.all(mouths.map(read)), shares },
    ...(target !== undefined && { target }),
    ...(eyes && { eyes: await read(eyes) }),
  }
}

export function keptFaceOf({ picture: { name, sha256 }, quad, points }: RememberedFace): KeptFace {
  return { picture: { name, sha256 }, quad, points: [...points] }
}

/** With the bytes of its picture. Throws MienError 'unreadable-file', 'mismatch' for one that changed. */
export async function readFace(
  { picture, quad, points }: KeptFace,
  runFolder: string,
): Promise<RememberedFace> {
  const folder = join(runFolder, recoveryFolder, pictureFolder)
  const { bytes } = await readPicture(folder, { ...picture, alignment: 'none' })
  return { picture: { ...picture, bytes }, quad, points }
}
