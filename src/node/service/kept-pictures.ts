import { join } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import { picturesOf, type RecordedChange } from '../../engine/projection/changes.ts'
import { exists, readWholeFile, writeFileAtomic } from '../files.ts'
import type { PictureInput } from '../worker/protocol.ts'
import { sha256 } from '../worker/search-fingerprint.ts'

const largestPicture = 512 * 2 ** 20

/** Keeps a picture under its hash; gives that. Throws MienError 'unwritable'. */
export async function writePicture(folder: string, bytes: Uint8Array): Promise<string> {
  const name = sha256(bytes)
  const path = join(folder, name)
  if (!(await exists(path))) await writeFileAtomic(path, bytes)
  return name
}

/** The pictures that the changes name, by their names. Throws as `readPicture` does. */
export async function readPictures(
  folder: string,
  changes: readonly RecordedChange[],
): Promise<Readonly<Record<string, PictureInput>>> {
  const names = [...picturesOf(changes)]
  const pictures = await Promise.all(
    names.map(async (name) => [name, await readPicture(folder, name, name)] as const),
  )
  return Object.fromEntries(pictures)
}

/** Throws MienError 'unreadable-file' for one that is missing, 'mismatch' for one that was changed. */
export async function readPicture(folder: string, hash: string, name: string): Promise<PictureInput> {
  const path = join(folder, hash)
  const bytes = await readWholeFile(path, largestPicture)
  if (sha256(bytes) === hash) return { name, bytes }
  throw new MienError('mismatch', `The picture ${name} changed since the run was interrupted.`, {
    file: path,
    hint: 'Start a new run.',
  })
}
