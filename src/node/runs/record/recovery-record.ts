import * as v from 'valibot'
import { MienError } from '../../../engine/errors.ts'
import { landmarkGroups } from '../../../engine/face/landmark-groups.ts'
import { count, finite, sha256 } from '../../../engine/fields.ts'
import { projectionSettings } from '../../../engine/projection/settings.ts'
import { precisions } from '../../../engine/runtime.ts'
import { providerChoices } from '../../../shared/settings.ts'
import { likenessAims } from '../../../shared/setup.ts'
import type { AlignmentChoice } from '../../engine/protocol.ts'
import { parseJson } from '../../host/json-fields.ts'
import { modelFiles } from '../../models/files.ts'
import { attempt } from './attempts.ts'
import { asAlignment } from './pictures.ts'

const text = v.pipe(v.string(), v.nonEmpty())

const keptPicture = v.object({
  name: text,
  sha256,
  alignment: v.custom<AlignmentChoice>((value) => asAlignment(value) !== undefined),
})

/** All that is needed to go on with a run, besides the files that it names. */
const recoveryRecord = v.object({
  look: keptPicture,
  landmarks: keptPicture,
  settings: projectionSettings,
  files: modelFiles,
  provider: v.picklist(providerChoices),
  threads: v.exactOptional(count),
  /** float32 if absent. */
  precision: v.exactOptional(v.picklist(precisions)),
  film: v.optional(v.boolean(), false),
  likeness: v.exactOptional(
    v.object({
      ofPhotographs: v.boolean(),
      pasteBack: v.boolean(),
      shares: v.pipe(v.array(v.pipe(finite, v.minValue(0))), v.length(landmarkGroups.length), v.readonly()),
      aim: v.optional(v.picklist(likenessAims), 'landmarks'),
    }),
  ),
  attempts: v.pipe(v.array(attempt), v.readonly()),
})
export type RecoveryRecord = Readonly<v.InferOutput<typeof recoveryRecord>>

/** Version of the form of the file. */
const recordVersion = 2
const recoveryFile = v.object({ version: v.literal(recordVersion), ...recoveryRecord.entries })

export function recoveryText(record: RecoveryRecord): string {
  return `${JSON.stringify({ version: recordVersion, ...record }, null, 2)}\n`
}

/** Throws MienError 'bad-file' that names the field that is missing or wrong. */
export function parseRecovery(text: string, path: string): RecoveryRecord {
  const parsed = v.safeParse(recoveryFile, parseJson(text))
  if (parsed.success) {
    const { version: _, ...record } = parsed.output
    return record
  }
  const field = v.getDotPath(parsed.issues[0]) ?? '{'
  throw new MienError('bad-file', `${path} does not describe a run: "${field}" is missing or wrong.`, {
    file: path,
    name: field,
    hint: 'Start the run anew.',
  })
}
