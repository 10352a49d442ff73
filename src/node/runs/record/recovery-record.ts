import * as v from 'valibot'
import { MienError } from '../../../engine/errors.ts'
import { landmarkGroups } from '../../../engine/face/landmark-groups.ts'
import { type ProjectionSettings, projectionSettings } from '../../../engine/projection/settings.ts'
import { type Precision, precisions } from '../../../engine/runtime.ts'
import { modelParts, type ProviderChoice, providerChoices } from '../../../shared/settings.ts'
import { likenessAims } from '../../../shared/setup.ts'
import { asAmount, asCount, asHash, asRecord, asText, parseJson } from '../../host/json-fields.ts'
import type { ModelFile, ModelFiles } from '../../models/files.ts'
import type { LikenessWish } from '../kinds/projection/order.ts'
import type { Attempt, AttemptEnd } from './attempts.ts'
import { asAlignment, type KeptPicture } from './pictures.ts'

/** All that is needed to go on with a run, besides the files that it names. */
export interface RecoveryRecord {
  readonly look: KeptPicture
  readonly landmarks: KeptPicture
  readonly settings: ProjectionSettings
  readonly files: ModelFiles
  readonly provider: ProviderChoice
  readonly threads?: number
  /** float32 if absent. */
  readonly precision?: Precision
  readonly film: boolean
  readonly likeness?: LikenessWish
  readonly attempts: readonly Attempt[]
}

/** Version of the form of the file. */
const recordVersion = 2

export function recoveryText(record: RecoveryRecord): string {
  return `${JSON.stringify({ version: recordVersion, ...record }, null, 2)}\n`
}

/** Throws MienError 'bad-file' that names the field that is missing or wrong. */
export function parseRecovery(text: string, path: string): RecoveryRecord {
  const refuse = (field: string): never => {
    throw new MienError('bad-file', `${path} does not describe a run: "${field}" is missing or wrong.`, {
      file: path,
      name: field,
      hint: 'Start the run anew.',
    })
  }
  const record = asRecord(parseJson(text)) ?? refuse('{')
  if (record.version !== recordVersion) refuse('version')
  const picture = (field: 'look' | 'landmarks'): KeptPicture => {
    const { name, sha256, alignment } = asRecord(record[field]) ?? refuse(field)
    return {
      name: asText(name) ?? refuse(field),
      sha256: asHash(sha256) ?? refuse(field),
      alignment: asAlignment(alignment) ?? refuse(`${field}.alignment`),
    }
  }
  const files = asRecord(record.files) ?? refuse('files')
  const parts = modelParts.map((part) => [part, listOf(files[part], modelFile) ?? refuse(`files.${part}`)])
  const discriminator =
    files.discriminator === undefined
      ? undefined
      : (listOf(files.discriminator, modelFile) ?? refuse('files.discriminator'))
  const precision =
    record.precision === undefined ? undefined : (asPrecision(record.precision) ?? refuse('precision'))
  const likeness =
    record.likeness === undefined ? undefined : (asLikeness(record.likeness) ?? refuse('likeness'))
  const threads = record.threads === undefined ? undefined : (asCount(record.threads) ?? refuse('threads'))
  return {
    look: picture('look'),
    landmarks: picture('landmarks'),
    settings: settingsIn(record.settings) ?? refuse('settings'),
    files: { ...(Object.fromEntries(parts) as ModelFiles), ...(discriminator && { discriminator }) },
    provider: asProvider(record.provider) ?? refuse('provider'),
    film: record.film === true,
    attempts: listOf(record.attempts, attempt) ?? refuse('attempts'),
    ...(threads === undefined ? {} : { threads }),
    ...(precision === undefined ? {} : { precision }),
    ...(likeness === undefined ? {} : { likeness }),
  }
}

function asLikeness(value: unknown): LikenessWish | undefined {
  const { ofPhotographs, pasteBack, shares, aim } = asRecord(value) ?? {}
  const groups = listOf(shares, asAmount)
  if (groups?.length !== landmarkGroups.length) return undefined
  return {
    ...{ ofPhotographs: ofPhotographs === true, pasteBack: pasteBack === true, shares: groups },
    aim: likenessAims.find((name) => name === aim) ?? 'landmarks',
  }
}

function settingsIn(value: unknown): ProjectionSettings | undefined {
  const parsed = v.safeParse(projectionSettings, value)
  return parsed.success ? parsed.output : undefined
}

function modelFile(value: unknown): ModelFile | undefined {
  const { path, id, sha256, init } = asRecord(value) ?? {}
  const place = asText(path)
  if (place === undefined) return undefined
  const [name, hash, values] = [asText(id), asHash(sha256), asRecord(init)]
  return {
    path: place,
    ...(name === undefined ? {} : { id: name }),
    ...(hash === undefined ? {} : { sha256: hash }),
    ...(values === undefined ? {} : { init: values }),
  }
}

function attempt(value: unknown): Attempt | undefined {
  const { provider, pid, started, from, end } = asRecord(value) ?? {}
  const device = asProvider(provider)
  const [number, time, step] = [asCount(pid), asText(started), asCount(from)]
  if (device === undefined || number === undefined || time === undefined || step === undefined)
    return undefined
  const ended = attemptEnd(end)
  return { provider: device, pid: number, started: time, from: step, ...(ended && { end: ended }) }
}

function attemptEnd(value: unknown): AttemptEnd | undefined {
  const { how, reason, at } = asRecord(value) ?? {}
  if (how === 'done' || how === 'stopped') return { how }
  if (how === 'failed') return { how, reason: String(reason) }
  const step = asCount(at)
  return how === 'crashed' && step !== undefined ? { how, reason: String(reason), at: step } : undefined
}

function asProvider(value: unknown): ProviderChoice | undefined {
  return providerChoices.find((choice) => choice === value)
}

function asPrecision(value: unknown): Precision | undefined {
  return precisions.find((precision) => precision === value)
}

/** A list of which every item can be read. */
function listOf<T>(value: unknown, read: (item: unknown) => T | undefined): T[] | undefined {
  if (!Array.isArray(value)) return undefined
  const items = value.map(read)
  return items.every((item) => item !== undefined) ? items : undefined
}
