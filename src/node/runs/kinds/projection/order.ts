import { join } from 'node:path'
import * as v from 'valibot'
import { landmarkGroups } from '../../../../engine/face/landmark-groups.ts'
import { count, finite } from '../../../../engine/fields.ts'
import { type ProjectionSettings, projectionSettings } from '../../../../engine/projection/settings.ts'
import { type Precision, precisions } from '../../../../engine/runtime.ts'
import { type ProviderChoice, providerChoices } from '../../../../shared/settings.ts'
import { likenessAims } from '../../../../shared/setup.ts'
import type { TargetInput } from '../../../engine/protocol.ts'
import { keptModelFiles, keptModels, type ModelFiles } from '../../../models/files.ts'
import { keptPicture, keptPictureOf, readPicture } from '../../record/pictures.ts'
import { pictureFolder, recoveryFolder } from '../../record/run-files.ts'

/** A photograph that was warped, or a generator that was tuned on it. */
export const likenessKinds = ['warp', 'tune'] as const

/** That the result is to be the look's photograph, warped to where the search brought the landmarks. */
export const likenessWish = v.object({
  /** Whether the generator is tuned on the photograph, so that it draws the person. */
  kind: v.optional(v.picklist(likenessKinds), 'warp'),
  /** Whether a look that is a drawing itself stays as the generator draws it. */
  ofPhotographs: v.boolean(),
  /** Whether the face is put back into the whole photograph, too. */
  pasteBack: v.boolean(),
  /** How far each of the nine groups goes; see `aimedPoints`. */
  shares: v.pipe(v.array(v.pipe(finite, v.minValue(0))), v.length(landmarkGroups.length), v.readonly()),
  aim: v.optional(v.picklist(likenessAims), 'landmarks'),
})
export type LikenessWish = Readonly<v.InferOutput<typeof likenessWish>>

/** What a projection is asked for. */
export interface ProjectionOrder {
  readonly look: TargetInput
  readonly landmarks: TargetInput
  readonly settings: ProjectionSettings
  readonly files: ModelFiles
  readonly provider: ProviderChoice
  readonly threads?: number
  /** float32 if absent. */
  readonly precision?: Precision
  readonly film: boolean
  /** Absent where the result stays as the generator draws it. */
  readonly likeness?: LikenessWish
}

/** An order as a record keeps it. */
export const keptOrder = v.object({
  look: keptPicture,
  landmarks: keptPicture,
  settings: projectionSettings,
  files: keptModelFiles,
  provider: v.picklist(providerChoices),
  threads: v.exactOptional(count),
  precision: v.exactOptional(v.picklist(precisions)),
  film: v.optional(v.boolean(), false),
  likeness: v.exactOptional(likenessWish),
})
export type KeptOrder = Readonly<v.InferOutput<typeof keptOrder>>

export function keptOrderOf({ look, landmarks, ...order }: ProjectionOrder): KeptOrder {
  return keptOrderWith(order, { look: keptPictureOf(look), landmarks: keptPictureOf(landmarks) })
}

/** The same where the pictures themselves are not at hand. */
export function keptOrderWith(
  { files, ...order }: Omit<ProjectionOrder, 'look' | 'landmarks'>,
  pictures: Pick<KeptOrder, 'look' | 'landmarks'>,
): KeptOrder {
  return { ...order, ...pictures, files: keptModels(files) }
}

/** The pictures that a record names, read again. Throws MienError 'unreadable-file', 'mismatch' for one that changed. */
export async function readOrderPictures(
  { look, landmarks }: Pick<KeptOrder, 'look' | 'landmarks'>,
  runFolder: string,
): Promise<Pick<ProjectionOrder, 'look' | 'landmarks'>> {
  const folder = join(runFolder, recoveryFolder, pictureFolder)
  return { look: await readPicture(folder, look), landmarks: await readPicture(folder, landmarks) }
}
