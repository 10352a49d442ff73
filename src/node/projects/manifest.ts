import { basename, join } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import {
  migrate,
  type ProjectFields,
  parseProject,
  salvageProject,
  versionOf,
} from '../../shared/migrations.ts'
import { type Project, projectVersion } from '../../shared/project.ts'
import { keepUnderName, readWholeFile, removeFile, statusOf, writeFileAtomic } from '../host/files.ts'
import { asRecord, parseJson } from '../host/json-fields.ts'
import { sha256 } from '../host/sha256.ts'
import { projectFiles } from './project-paths.ts'

/** What project.json was found to hold. */
export interface Manifest {
  readonly project: Project
  /** All that stands in it, also what this Mien does not know. */
  readonly fields: ProjectFields
  /** Whether project.json itself is whole. */
  readonly sound: boolean
  /** A sentence for each thing that is damaged. */
  readonly damage: readonly string[]
  /** Why it must not be replaced; null if it may be. */
  readonly readOnly: string | null
}

const largestManifest = 64 * 2 ** 20

type Reading =
  | { readonly state: 'whole'; readonly fields: ProjectFields }
  /** Not as it was written; the fields if it is JSON at all. */
  | { readonly state: 'damaged'; readonly fields: ProjectFields | undefined }
  | { readonly state: 'missing' }
  | { readonly state: 'unreadable'; readonly error: MienError }

/**
 * The manifest of a project: project.json, or where that is not whole the one before it, or else what can be made out.
 * Throws MienError 'bad-file' if that is nothing, 'unreadable-file' if the disk does not give it.
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const current = await readOne(folder, projectFiles.manifest)
  if (current.state === 'whole') {
    const whole = manifestOf(current.fields)
    if (whole !== undefined) return whole
  }
  const previous = await readOne(folder, projectFiles.previous)
  const wrong = wrongWith(current)
  // What cannot be read now may be whole tomorrow, and is not to be replaced by what was before it.
  const readOnly = current.state === 'unreadable' ? `${wrong}; try again later.` : null
  if (previous.state === 'whole') {
    const before = manifestOf(previous.fields)
    const sentence = `${wrong}: this is the project as it was before its last change.`
    if (before !== undefined) return withDamage(before, sentence, readOnly)
  }
  for (const reading of [current, previous]) {
    const fields = 'fields' in reading ? reading.fields : undefined
    const project = fields && salvageProject(migrate(fields))
    if (project === undefined) continue
    const sentence = `${wrong}: this is what could be made out of it.`
    return withDamage(
      { project, fields: project, sound: false, damage: [], readOnly: null },
      sentence,
      readOnly,
    )
  }
  if (current.state === 'unreadable') throw current.error
  throw nothingIn(folder, current)
}

/**
 * Replaces project.json, last and whole; the one before is kept beside it. Gives the manifest as it is then. Throws
 * MienError 'unwritable', after which either is there.
 */
export async function replaceManifest(
  folder: string,
  before: Manifest | undefined,
  project: Project,
): Promise<Manifest> {
  return replaceFields(folder, before, project, project)
}

/** Gives a project another id, one of a newer Mien too. Throws MienError 'unwritable'. */
export async function replaceId(folder: string, before: Manifest, id: string): Promise<Manifest> {
  return replaceFields(folder, before, { ...before.project, id }, { ...before.fields, id })
}

async function replaceFields(
  folder: string,
  before: Manifest | undefined,
  project: Project,
  fields: ProjectFields,
): Promise<Manifest> {
  const manifest = join(folder, projectFiles.manifest)
  const keptName = before?.sound === false ? projectFiles.damaged : projectFiles.previous
  if (before !== undefined && (await statusOf(manifest)) !== undefined) {
    const kept = join(folder, keptName)
    await removeFile(kept)
    await keepUnderName(manifest, kept)
  }
  await writeFileAtomic(manifest, manifestText(fields))
  return { project, fields, sound: true, damage: [], readOnly: before?.readOnly ?? null }
}

/** The text of project.json: the fields, and a hash that tells damage. */
export function manifestText(fields: ProjectFields): string {
  return `${JSON.stringify({ ...fields, checksum: checksumOf(fields) }, null, 2)}\n`
}

/** SHA-256 of the fields as JSON without white space, so that another layout is no damage. */
function checksumOf(fields: ProjectFields): string {
  return sha256(JSON.stringify(fields))
}

/** The fields of a text that is whole; what it holds if it is not. */
export function readFields(
  text: string,
): { readonly fields: ProjectFields; readonly whole: boolean } | undefined {
  const record = asRecord(parseJson(text))
  if (record === undefined) return undefined
  const { checksum, ...fields } = record
  return { fields, whole: checksum === checksumOf(fields) && versionOf(fields) !== undefined }
}

async function readOne(folder: string, name: string): Promise<Reading> {
  try {
    const path = join(folder, name)
    const status = await statusOf(path)
    if (status === undefined) return { state: 'missing' }
    if (status.kind !== 'file') return { state: 'damaged', fields: undefined }
    const bytes = await readWholeFile(path, largestManifest)
    const found = readFields(new TextDecoder().decode(bytes))
    return found?.whole === true
      ? { state: 'whole', fields: found.fields }
      : { state: 'damaged', fields: found?.fields }
  } catch (error) {
    if (error instanceof MienError && error.code === 'unreadable-file') return { state: 'unreadable', error }
    return { state: 'damaged', fields: undefined }
  }
}

/** Of fields that are as they were written; undefined if they make no project all the same. */
function manifestOf(fields: ProjectFields): Manifest | undefined {
  const newer = (versionOf(fields) ?? 0) > projectVersion
  const project = newer ? salvageProject(fields) : parseProject(migrate(fields))
  if (project === undefined) return undefined
  const readOnly = newer
    ? 'The project was saved by a newer Mien; with this one it can be looked at, but not changed.'
    : null
  return { project, fields, sound: true, damage: [], readOnly }
}

function withDamage(manifest: Manifest, sentence: string, readOnly: string | null): Manifest {
  const damage = [sentence, ...manifest.damage]
  return { ...manifest, sound: false, damage, readOnly: manifest.readOnly ?? readOnly }
}

function wrongWith(reading: Reading): string {
  if (reading.state === 'missing') return `${projectFiles.manifest} is missing`
  return `${projectFiles.manifest} ${reading.state === 'unreadable' ? 'cannot be read' : 'is damaged'}`
}

function nothingIn(folder: string, current: Reading): MienError {
  const name = basename(folder)
  const newer = 'fields' in current && (versionOf(current.fields ?? {}) ?? 0) > projectVersion
  return newer
    ? new MienError('bad-file', `"${name}" was saved by a newer Mien that keeps projects in another way.`, {
        file: folder,
        hint: 'Open it with that Mien.',
      })
    : new MienError(
        'bad-file',
        `"${name}" cannot be opened: its ${projectFiles.manifest} is damaged or missing.`,
        {
          file: folder,
          hint: 'Its pictures and results still lie in the folder; put a project.json from a backup there, or remove it.',
        },
      )
}
