import { join } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import type { CatalogueFile, CatalogueSet, SetProgress } from '../../shared/catalogue.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import { abreast } from '../host/abreast.ts'
import { makeFolder, requireSpace, requireWritable } from '../host/files.ts'
import { sha256 } from '../host/sha256.ts'
import { noteSet } from '../models/set-record.ts'
import { installedModels } from '../models/store.ts'
import type { AddressRules } from './address.ts'
import { holdDownloads } from './download-lock.ts'
import { fetchFile } from './fetch-file.ts'
import { requireAccepted } from './licences.ts'
import { heldOf, placeOf, removePartial } from './partials.ts'
import { keepPins, readPins } from './pins.ts'
import { createRate } from './rate.ts'
import type { AskProxy } from './tunnel.ts'
import { expectedHash, verify } from './verification.ts'

/** Servers are spared, and more at once is seldom faster. */
const filesAtOnce = 2

export interface DownloadOptions {
  /** The folder of all that belongs to the user. */
  readonly home: string
  readonly rules: AddressRules
  readonly askEngine: AskEngine
  readonly signal: AbortSignal
  /** Asked where the environment says nothing of a proxy. */
  readonly askProxy?: AskProxy | undefined
  readonly onProgress: (progress: SetProgress) => void
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

/** Where files lie until they are imported. */
export function downloadsFolder(home: string): string {
  return join(home, 'downloads')
}

/**
 * Fetches the files of a set that the library does not have, verifies each, and imports them as dropped files are. Gives the ids
 * of its models, those that were there as well. Throws MienError 'download' where a licence was not accepted, and as `fetchFile`,
 * `verify` and an import do; what came is kept for the next time.
 */
export async function downloadSet(set: CatalogueSet, options: DownloadOptions): Promise<readonly string[]> {
  const { home } = options
  await requireAccepted(home, set)
  const downloads = downloadsFolder(home)
  await makeFolder(downloads)
  const release = await holdDownloads(downloads)
  try {
    const there = await installedAs(set.files, home)
    const wanted = set.files.filter((file) => !there.has(file))
    await requireRoom(wanted, downloads)
    const hashes = await fetchAll(wanted, downloads, options)
    const imported = wanted.length === 0 ? [] : await importAll(set, hashes, downloads, options)
    for (const file of there.keys()) await removePartial(downloads, file.url)
    const ids = [...new Set([...there.values(), ...imported])]
    await noteSet(join(home, 'models'), set, ids)
    return ids
  } finally {
    await release()
  }
}

/** The files that the library has already, by the hash of what its models were made of, with the ids of these. */
export async function installedAs(
  files: readonly CatalogueFile[],
  home: string,
): Promise<ReadonlyMap<CatalogueFile, string>> {
  const pins = await readPins(home)
  const installed = await installedModels(join(home, 'models'))
  const known = files.flatMap((file) => {
    const hash = expectedHash(file, pins)
    return hash === undefined ? [] : [{ file, hash }]
  })
  const idOf = (hash: string) => installed.find(({ record }) => record.source?.sha256 === hash)?.record.id
  const found = new Map<CatalogueFile, string>()
  for (const one of known) {
    for (const other of known) {
      // Of a model of two files the library has the hash of their hashes.
      const id = idOf(one === other ? one.hash : sha256(one.hash + other.hash))
      if (id !== undefined) found.set(one.file, id).set(other.file, id)
    }
  }
  return found
}

/** What comes is converted once more before it is removed. */
async function requireRoom(files: readonly CatalogueFile[], downloads: string): Promise<void> {
  const held = await Promise.all(files.map(({ url }) => heldOf(placeOf(downloads, url))))
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  await requireWritable(downloads, 0)
  await requireSpace(downloads, 2 * bytes - held.reduce((sum, one) => sum + one, 0))
}

/** Gives the files with their hashes, which are right. */
async function fetchAll(
  files: readonly CatalogueFile[],
  downloads: string,
  { home, rules, signal, askProxy, onProgress, sleep }: DownloadOptions,
): Promise<ReadonlyMap<CatalogueFile, string>> {
  const pins = await readPins(home)
  const now = new Map(files.map((file) => [file, { held: 0, bytes: file.bytes }]))
  for (const file of files) now.get(file)!.held = await heldOf(placeOf(downloads, file.url))
  const rate = createRate()
  const tell = () => {
    const all = [...now.values()]
    const held = all.reduce((sum, file) => sum + file.held, 0)
    const bytes = all.reduce((sum, file) => sum + file.bytes, 0)
    const bytesPerSecond = rate.at(performance.now(), held)
    const secondsLeft =
      bytesPerSecond === null || bytesPerSecond === 0 ? null : (bytes - held) / bytesPerSecond
    onProgress({ stage: 'downloading', held, bytes, bytesPerSecond, secondsLeft })
  }
  // Who hears of one that failed does not wait for another one of half a gigabyte.
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  let first: unknown
  const fetchOne = async (file: CatalogueFile) => {
    const place = placeOf(downloads, file.url)
    const onBytes = (held: number, bytes: number) => {
      now.set(file, { held, bytes })
      tell()
    }
    try {
      await fetchFile(file, place, { rules, signal: either, askProxy, onBytes, sleep })
      return [file, await verify(file, place, pins, either)] as const
    } catch (error) {
      first ??= error
      failed.abort()
      throw first
    }
  }
  return new Map(await abreast(files, fetchOne, filesAtOnce))
}

/** What belongs together is imported together, and removed from the downloads as soon as it is a model. */
async function importAll(
  set: CatalogueSet,
  files: ReadonlyMap<CatalogueFile, string>,
  downloads: string,
  { home, askEngine, onProgress, signal }: DownloadOptions,
): Promise<readonly string[]> {
  const paths = new Map([...files.keys()].map((file) => [placeOf(downloads, file.url).file, file]))
  const library = join(home, 'models')
  await makeFolder(library)
  onProgress({ stage: 'importing', done: 0 })
  const { sets } = await askEngine('model-sets', { files: [...paths.keys()] })
  const ids: string[] = []
  for (const [i, together] of sets.entries()) {
    if (signal.aborted) throw new MienError('stopped', 'The download was stopped; what came of it is kept.')
    const portion = (done: number) => onProgress({ stage: 'importing', done: (i + done) / sets.length })
    const parts = together.map((path) => paths.get(path)!)
    const unpublished = parts.filter(({ sha256 }) => sha256?.length !== 64)
    const licence = (parts[0]!.licence ?? set.licence).name
    try {
      const { record } = await askEngine('import', { files: together, library, licence }, { portion })
      ids.push(record.id)
    } catch (error) {
      // It may be a page that asks who one is. It must neither stay nor be what is expected ever after.
      for (const { url } of unpublished) await removePartial(downloads, url)
      throw error
    }
    await keepPins(home, Object.fromEntries(unpublished.map((file) => [file.url, files.get(file)!])))
    for (const { url } of parts) await removePartial(downloads, url)
  }
  return ids
}
