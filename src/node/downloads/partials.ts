import { join } from 'node:path'
import * as v from 'valibot'
import {
  foldersIn,
  makeFolder,
  readTextIfAny,
  removeFolder,
  statusOf,
  writeFileAtomic,
} from '../host/files.ts'
import { parseJson } from '../host/json-fields.ts'
import { sha256 } from '../host/sha256.ts'
import { fileNameOf } from './address.ts'
import type { Progress } from './answer.ts'
import { holdDownloads } from './download-lock.ts'

const progressSchema = v.object({
  url: v.pipe(v.string(), v.url()),
  etag: v.nullable(v.string()),
  bytes: v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
})

/** Of what is known of a file, beside it. */
const progressName = 'progress.json'

/** Where what came of a file lies: a folder for each address, with the file under its own name. */
export interface Place {
  readonly folder: string
  readonly file: string
}

/** A file of which something came and that was not imported yet. */
export interface Partial {
  /** Names it for removal: the beginning of the SHA-256 of its address. */
  readonly id: string
  readonly url: string
  readonly name: string
  /** What is there of it. */
  readonly held: number
  /** Of the whole; null where that is not known. */
  readonly bytes: number | null
}

function idOf(url: string): string {
  return sha256(url).slice(0, 16)
}

export function placeOf(downloads: string, url: string): Place {
  const folder = join(downloads, idOf(url))
  const name = fileNameOf(new URL(url))
  return { folder, file: join(folder, name.toLowerCase() === progressName ? `file-${name}` : name) }
}

/** What is known of the file in a place; undefined where nothing is, or it is damaged or of another address. */
export async function readProgress({ folder }: Place, url: string): Promise<Progress | undefined> {
  const found = progressIn(await readTextIfAny(join(folder, progressName)))
  return found?.url === url ? found : undefined
}

function progressIn(text: string | undefined): Progress | undefined {
  const { success, output } = v.safeParse(progressSchema, parseJson(text ?? ''))
  return success ? output : undefined
}

/** Throws MienError 'unwritable'. */
export async function keepProgress({ folder }: Place, progress: Progress): Promise<void> {
  await makeFolder(folder)
  await writeFileAtomic(join(folder, progressName), `${JSON.stringify(progress)}\n`)
}

/** How much there is of the file in a place. Throws MienError 'unreadable-file'. */
export async function heldOf({ file }: Place): Promise<number> {
  return (await statusOf(file))?.size ?? 0
}

/** Every file of which something came. Throws MienError 'unreadable-file'. */
export async function listPartials(downloads: string): Promise<readonly Partial[]> {
  const found: Partial[] = []
  for (const id of await foldersIn(downloads)) {
    const progress = progressIn(await readTextIfAny(join(downloads, id, progressName)))
    if (progress === undefined || idOf(progress.url) !== id) continue
    const place = placeOf(downloads, progress.url)
    const name = fileNameOf(new URL(progress.url))
    found.push({ id, url: progress.url, name, held: await heldOf(place), bytes: progress.bytes })
  }
  return found
}

/** Removes what came of files. Throws MienError 'download' while another Mien downloads. */
export async function forgetPartials(downloads: string, partials: readonly Partial[]): Promise<void> {
  if (partials.length === 0) return
  const release = await holdDownloads(downloads)
  try {
    for (const { url } of partials) await removePartial(downloads, url)
  } finally {
    await release()
  }
}

export async function removePartial(downloads: string, url: string): Promise<void> {
  await removeFolder(placeOf(downloads, url).folder)
}
