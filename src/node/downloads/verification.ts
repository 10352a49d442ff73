import { MienError } from '../../engine/errors.ts'
import type { CatalogueFile } from '../../shared/catalogue.ts'
import { removeFolder } from '../host/files.ts'
import { sha256OfFile } from '../host/partial-file.ts'
import { fileNameOf } from './address.ts'
import type { Place } from './partials.ts'
import type { Pins } from './pins.ts'

/** The whole hash that a file must have: the published one, else that of its first download; undefined before that. */
export function expectedHash({ url, sha256 }: CatalogueFile, pins: Pins): string | undefined {
  return sha256?.length === 64 ? sha256 : pins[url]
}

/**
 * Makes sure that a file that came whole is the right one, before anything is read from it, and gives its SHA-256. Throws
 * MienError 'download' for another file, which is gone then.
 */
export async function verify(
  file: CatalogueFile,
  place: Place,
  pins: Pins,
  signal: AbortSignal,
): Promise<string> {
  const hash = await sha256OfFile(place.file, signal)
  const isPublished = hash.startsWith(file.sha256 ?? '')
  if (isPublished && hash === (expectedHash(file, pins) ?? hash)) return hash
  await removeFolder(place.folder)
  throw wrongHash(file, hash, isPublished)
}

function wrongHash(file: CatalogueFile, hash: string, pinned: boolean): MienError {
  const name = fileNameOf(new URL(file.url))
  const message = pinned
    ? `${name} is not the file that came first from there: its SHA-256 is ${hash}.`
    : `${name} is not the file that the catalogue names: its SHA-256 is ${hash}.`
  return new MienError('download', message, {
    name: file.url,
    hint: 'It was removed unread. Try again; if it stays so, do not trust that address.',
  })
}
