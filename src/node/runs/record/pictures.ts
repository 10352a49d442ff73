import { join } from 'node:path'
import * as v from 'valibot'
import { MienError } from '../../../engine/errors.ts'
import { landmarkCount } from '../../../engine/face/landmark-groups.ts'
import type { Quad } from '../../../engine/face/quad.ts'
import { sha256 as sha256Field } from '../../../engine/fields.ts'
import { picturesOf, type RecordedChange } from '../../../engine/projection/changes.ts'
import type { AlignmentChoice, PictureInput, TargetInput } from '../../engine/protocol.ts'
import { pictureText } from '../../engine/search-fingerprint.ts'
import { exists, makeFolder, readWholeFile, writeFileAtomic } from '../../host/files.ts'
import { asCount, asHash, asRecord, parseJson } from '../../host/json-fields.ts'
import { sha256 } from '../../host/sha256.ts'
import { pictureFolder, recoveryFolder } from './run-files.ts'

/** A picture whose file is kept under its hash. */
export const keptPicture = v.object({
  /** As the user wrote it. */
  name: v.pipe(v.string(), v.nonEmpty()),
  sha256: sha256Field,
  alignment: v.custom<AlignmentChoice>((value) => asAlignment(value) !== undefined),
})
export type KeptPicture = Readonly<v.InferOutput<typeof keptPicture>>

/** Compressed pictures beyond this are no photographs. */
export const largestPicture = 512 * 2 ** 20
const largestText = 2 ** 16

export function keptPictureOf({ name, bytes, alignment }: TargetInput): KeptPicture {
  return { name, sha256: sha256(bytes), alignment }
}

/** Keeps the file of a picture under its hash. Throws MienError 'unwritable'. */
async function writePicture(folder: string, picture: TargetInput): Promise<KeptPicture> {
  await write(folder, picture.bytes)
  return keptPictureOf(picture)
}

/** Keeps the pictures of a run in its folder, and gives the one below it where they lie. Throws MienError 'unwritable'. */
export async function keepPictures(runFolder: string, pictures: readonly TargetInput[]): Promise<string> {
  const folder = join(runFolder, recoveryFolder, pictureFolder)
  await makeFolder(folder)
  for (const picture of pictures) await writePicture(folder, picture)
  return folder
}

/**
 * Keeps a picture that a change will name, and beside its file the choice of its face, under the name that it then
 * goes by; gives that. Throws MienError 'unwritable'.
 */
export async function writeNamedPicture(folder: string, picture: TargetInput): Promise<string> {
  const { sha256: hash, alignment } = await writePicture(folder, picture)
  return write(folder, new TextEncoder().encode(pictureText(hash, alignment)))
}

/** The pictures that the changes name, by their names. Throws as `readPicture` does. */
export async function readNamedPictures(
  folder: string,
  changes: readonly RecordedChange[],
): Promise<Readonly<Record<string, TargetInput>>> {
  const names = [...picturesOf(changes)]
  const pictures = await Promise.all(
    names.map(async (name) => [name, await readNamedPicture(folder, name)] as const),
  )
  return Object.fromEntries(pictures)
}

async function readNamedPicture(folder: string, name: string): Promise<TargetInput> {
  const text = new TextDecoder().decode(await read(folder, name, name, largestText))
  const { sha256: hash, alignment } = asRecord(parseJson(text)) ?? {}
  const kept = { sha256: asHash(hash), alignment: asAlignment(alignment) }
  if (kept.sha256 === undefined || kept.alignment === undefined) throw changed(join(folder, name), name)
  return readPicture(folder, { name, sha256: kept.sha256, alignment: kept.alignment })
}

/** Throws MienError 'unreadable-file' for one that is missing, 'mismatch' for one that was changed. */
export async function readPicture(
  folder: string,
  { name, sha256: hash, alignment }: KeptPicture,
): Promise<TargetInput> {
  return { name, bytes: await read(folder, hash, name, largestPicture), alignment }
}

/** A picture where the user has it. Throws MienError 'unreadable-file', 'bad-file'. */
export async function readPictureFile(path: string): Promise<PictureInput> {
  return { name: path, bytes: await readWholeFile(path, largestPicture) }
}

/** The choice of a face as it was written; undefined for anything else. */
export function asAlignment(value: unknown): AlignmentChoice | undefined {
  if (value === 'none') return value
  const choice = asRecord(value)
  if (choice === undefined) return undefined
  const keys = Object.keys(choice).join()
  if (keys === '') return {}
  const { face, points, quad } = choice
  if (keys === 'face') {
    const number = asCount(face) ?? 0
    return number > 0 ? { face: number } : undefined
  }
  const given = asPoints(points)
  if (keys === 'points') return given && { points: given }
  const square = asQuad(quad)
  if (keys === 'quad') return square && { quad: square }
  return keys === 'quad,points' && square && given ? { quad: square, points: given } : undefined
}

function asPoints(value: unknown): readonly number[] | undefined {
  const sound = Array.isArray(value) && value.length === 2 * landmarkCount && value.every(Number.isFinite)
  return sound ? value : undefined
}

function asQuad(value: unknown): Quad | undefined {
  const sound =
    Array.isArray(value) &&
    value.length === 4 &&
    value.every((point) => Array.isArray(point) && point.length === 2 && point.every(Number.isFinite))
  return sound ? (value as unknown as Quad) : undefined
}

/** Gives the hash. */
async function write(folder: string, bytes: Uint8Array): Promise<string> {
  const hash = sha256(bytes)
  const path = join(folder, hash)
  if (!(await exists(path))) await writeFileAtomic(path, bytes)
  return hash
}

async function read(folder: string, hash: string, name: string, mostBytes: number): Promise<Uint8Array> {
  const path = join(folder, hash)
  const bytes = await readWholeFile(path, mostBytes)
  if (sha256(bytes) === hash) return bytes
  throw changed(path, name)
}

function changed(path: string, name: string): MienError {
  return new MienError('mismatch', `The picture ${name} changed since the run was interrupted.`, {
    file: path,
    hint: 'Start a new run.',
  })
}
