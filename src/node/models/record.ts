import { MienError } from '../../engine/errors.ts'
import { type ModelPart, modelParts } from '../../shared/settings.ts'
import { asCount, asHash, asRecord, asText, parseJson } from '../host/json-fields.ts'

/** A file of a model: its name in the model's folder, and its hash. */
export interface StoredFile {
  readonly file: string
  readonly sha256: string
}

/** Of model.json: what its fields mean. A file that does not say is of the first. */
export const modelFormat = 1

/** What model.json says of a model. */
export interface ModelRecord {
  readonly id: string
  readonly name: string
  readonly version?: string
  readonly licence?: string
  /** Of the generator, in pixels. */
  readonly resolution?: number
  /** Of the generator: how many it draws, 0 where it is not class-conditional. Absent where an older Mien wrote the record. */
  readonly classes?: number
  readonly files: Readonly<Partial<Record<ModelPart | 'discriminator', StoredFile>>>
  /** Constructor arguments of the networks, where their files do not keep them themselves. */
  readonly networks?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Of a tuned generator: the SHA-256 of the generator's file that it was tuned from. */
  readonly tunedFrom?: string
  /** The project, by its id, that it was tuned in. */
  readonly project?: string
  /** Of a generator: the models, by their ids, that came with it in one set, and give the networks that it lacks. */
  readonly companions?: readonly string[]
  /** The file that an imported model was converted from. */
  readonly source?: StoredFile & { readonly format: string; readonly bytes: number }
}

/** File names that stay in the model's folder. */
const plainName = /^[\w][\w.-]*$/

/** Of a model that is damaged; the embedded pack comes back by another way. */
export const importAgain = 'Remove the folder and import the model again.'

/** Reads the text of a model.json. Throws MienError 'bad-file' that names the field, with `hint`. */
export function parseModelRecord(text: string, path: string, hint: string = importAgain): ModelRecord {
  const refuse = (field: string): never => {
    throw new MienError('bad-file', `${path} does not describe a model: "${field}" is missing or wrong.`, {
      file: path,
      name: field,
      hint,
    })
  }
  const record = asRecord(parseJson(text)) ?? refuse('{')
  const format = asCount(record.format ?? modelFormat) ?? refuse('format')
  if (format > modelFormat) {
    throw new MienError('bad-file', `${path} was saved by a newer Mien that keeps models in another way.`, {
      file: path,
      name: 'format',
      hint: 'Update Mien.',
    })
  }
  const id = asName(record.id) ?? refuse('id')
  const listed = asRecord(record.files) ?? refuse('files')
  const files: Partial<Record<ModelPart | 'discriminator', StoredFile>> = {}
  for (const part of [...modelParts, 'discriminator'] as const) {
    if (listed[part] === undefined) continue
    const entry = asRecord(listed[part]) ?? refuse(`files.${part}`)
    const file = asName(entry.file) ?? refuse(`files.${part}.file`)
    const sha256 = asHash(entry.sha256) ?? refuse(`files.${part}.sha256`)
    files[part] = { file, sha256 }
  }
  if (Object.keys(files).length === 0) refuse('files')
  const networks = Object.entries(asRecord(record.networks) ?? {}).flatMap(([part, init]) => {
    const values = asRecord(init)
    return values === undefined ? [] : [[part, values] as const]
  })
  const source = asRecord(record.source)
  const sourceFile = asText(source?.file)
  const sourceHash = asHash(source?.sha256)
  return {
    id,
    name: asText(record.name) ?? id,
    files,
    ...optional('version', asText(record.version)),
    ...optional('licence', asText(record.licence)),
    ...optional('resolution', asCount(record.resolution)),
    ...optional('classes', asCount(record.classes)),
    ...(networks.length === 0 ? {} : { networks: Object.fromEntries(networks) }),
    ...optional('tunedFrom', asHash(record.tunedFrom)),
    ...optional('project', asName(record.project)),
    ...(Array.isArray(record.companions) && {
      companions: record.companions.map(asName).filter((companion) => companion !== undefined),
    }),
    ...(sourceFile !== undefined && sourceHash !== undefined
      ? {
          source: {
            file: sourceFile,
            sha256: sourceHash,
            format: asText(source?.format) ?? 'unknown',
            bytes: asCount(source?.bytes) ?? 0,
          },
        }
      : {}),
  }
}

function asName(value: unknown): string | undefined {
  return typeof value === 'string' && plainName.test(value) ? value : undefined
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: V })
}
