import { fileURLToPath } from 'node:url'
import { MienError } from '../../engine/errors.ts'
import type { CatalogueFile } from '../../shared/catalogue.ts'
import { codeOf, mebibytes } from '../host/file-faults.ts'
import { openPartialFile, piecesOfFile } from '../host/partial-file.ts'
import { type AddressRules, fileNameOf } from './address.ts'
import { meaningOf, type Progress } from './answer.ts'
import { heldOf, keepProgress, type Place, readProgress } from './partials.ts'
import { request } from './request.ts'
import type { AskProxy } from './tunnel.ts'

/** Tries in a row that bring nothing new before it is given up. */
const mostFailures = 5
/** Milliseconds before the next try: after one that brought something, and after the first that did not, then twice as many. */
const [shortWait, firstWait] = [100, 1000]
/** A server that wants to be asked again later than this is not waited for. */
const longestWait = 60_000

const keptHint = 'What came of it is kept: try again later.'
const elsewhere = 'Fetch the file elsewhere, and drop it on the models page.'

export interface FetchOptions {
  readonly rules: AddressRules
  readonly signal: AbortSignal
  readonly askProxy?: AskProxy | undefined
  /** Told of what there is of the file, and of how much it will be. */
  readonly onBytes: (held: number, bytes: number) => void
  /** Waits so many milliseconds, or fails when the signal comes. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

/** How a try ended that did not bring the whole file, and how long to wait for the next, if the server said so. */
interface Setback {
  readonly why: MienError
  readonly wait?: number | undefined
}

/**
 * Brings a file of a catalogue into its place, going on with what is there if the server still has the very same. What it
 * holds was not looked at yet. Throws MienError 'download', 'unwritable', and 'stopped' when the signal comes; what came until
 * then stays.
 */
export async function fetchFile(file: CatalogueFile, place: Place, options: FetchOptions): Promise<void> {
  let farthest = 0
  for (let failures = 0; ; ) {
    const setback = await attempt(file, place, options).catch((error: unknown) => {
      if (options.signal.aborted) throw stopped()
      if (error instanceof MienError) throw error
      return connectionLost(file, error)
    })
    if (setback === undefined) return
    const held = await heldOf(place)
    failures = held > farthest ? 0 : failures + 1
    farthest = Math.max(farthest, held)
    const wait = setback.wait ?? (failures === 0 ? shortWait : firstWait * 2 ** (failures - 1))
    if (failures >= mostFailures || wait > longestWait) throw setback.why
    await options.sleep(wait, options.signal).catch(() => {
      throw stopped()
    })
  }
}

/** Asks once. Gives nothing where the file is there in its whole length. */
async function attempt(
  file: CatalogueFile,
  place: Place,
  options: FetchOptions,
): Promise<Setback | undefined> {
  const address = new URL(file.url)
  if (address.protocol === 'file:') return copyFile(address, file, place, options)
  const before = await readProgress(place, file.url)
  const there = before === undefined ? 0 : await heldOf(place)
  if (there > 0 && there === lengthOf(file, before)) return undefined
  const held = before?.etag ? there : 0
  const answer = await request(address, {
    rules: options.rules,
    signal: options.signal,
    askProxy: options.askProxy,
    headers: {
      'accept-encoding': 'identity',
      ...(held === 0 ? {} : { range: `bytes=${held}-`, 'if-range': before!.etag! }),
    },
  })
  try {
    const { status, headers } = answer
    const meaning = meaningOf(status, headers, file, held, before, Date.now())
    switch (meaning.kind) {
      case 'later':
        return { why: busy(address, meaning.wait), wait: meaning.wait }
      case 'refused':
        throw new MienError('download', `${address.host} refuses ${fileNameOf(address)}: ${status}.`, {
          name: file.url,
          hint: elsewhere,
        })
      case 'coded':
        throw new MienError(
          'download',
          `${address.host} sends ${fileNameOf(address)} packed (${meaning.coding}).`,
          {
            name: file.url,
            hint: elsewhere,
          },
        )
      case 'anew':
        await empty(place, { url: file.url, etag: null, bytes: null })
        return { why: otherPart(address), wait: 0 }
      default: {
        const isPage = /^text\/html\b/i.test(headers['content-type'] ?? '')
        const isWhole = meaning.kind === 'whole'
        // In pieces the server itself says which is the last.
        const form = { anew: isWhole, isPage, ends: isWhole && headers['transfer-encoding'] === 'chunked' }
        return await receive(answer.body, form, file, place, meaning.progress, options)
      }
    }
  } finally {
    answer.close()
  }
}

async function copyFile(
  address: URL,
  file: CatalogueFile,
  place: Place,
  options: FetchOptions,
): Promise<Setback | undefined> {
  const pieces = piecesOfFile(pathAt(address), options.signal)
  const form = { anew: true, isPage: false, ends: true }
  return receive(pieces, form, file, place, { url: file.url, etag: null, bytes: null }, options)
}

function pathAt(address: URL): string {
  try {
    return fileURLToPath(address)
  } catch (cause) {
    throw new MienError('download', `${address.href} names no file of this machine.`, {
      name: address.href,
      hint: 'A file of this machine is named as in file:///home/me/models/ffhq.pkl.',
      cause,
    })
  }
}

/** What is told of a body beside its length. */
interface Form {
  /** Whether it is the file from its beginning, in place of what is there. */
  readonly anew: boolean
  readonly isPage: boolean
  /** Whether its end is the end of the file, and not perhaps a connection that was cut. */
  readonly ends: boolean
}

/** Puts what comes behind what is there, or in its place. */
async function receive(
  pieces: AsyncIterable<Uint8Array>,
  { anew, isPage, ends }: Form,
  file: CatalogueFile,
  place: Place,
  progress: Progress,
  { onBytes, signal }: FetchOptions,
): Promise<Setback | undefined> {
  const otherLength = (bytes: number) => (isPage ? aPage(file) : wrongLength(file, bytes))
  const { bytes: told } = progress
  if (told !== null && (file.about ? told > 2 * file.bytes : told !== file.bytes)) throw otherLength(told)
  // Emptied first: what is kept beside it must never speak of other bytes than those that are there.
  if (anew) await empty(place, progress)
  const partial = await openPartialFile(place.file, { anew: false })
  const bytes = lengthOf(file, progress) ?? file.bytes
  try {
    onBytes(partial.size, bytes)
    for await (const piece of pieces) {
      await partial.append(piece)
      if (partial.size > mostOf(file, progress)) throw otherLength(partial.size)
      onBytes(partial.size, bytes)
    }
  } catch (error) {
    if (error instanceof MienError || signal.aborted) throw error
    return { why: brokenOff(file, partial.size) }
  } finally {
    await partial.close()
  }
  const expected = lengthOf(file, progress)
  if (expected !== undefined && partial.size < expected) {
    if (ends) throw otherLength(partial.size)
    return { why: brokenOff(file, partial.size) }
  }
  if (expected === undefined) await keepProgress(place, { ...progress, bytes: partial.size })
  return undefined
}

async function empty(place: Place, progress: Progress): Promise<void> {
  await keepProgress(place, { url: progress.url, etag: null, bytes: null })
  await (await openPartialFile(place.file, { anew: true })).close()
  await keepProgress(place, progress)
}

/** How long the whole file is; undefined where neither the catalogue nor the server says it to the byte. */
function lengthOf(file: CatalogueFile, progress: Progress | undefined): number | undefined {
  return file.about ? (progress?.bytes ?? undefined) : file.bytes
}

/** A server that says no length could go on for ever. */
function mostOf(file: CatalogueFile, progress: Progress): number {
  return lengthOf(file, progress) ?? 2 * file.bytes
}

function wrongLength(file: CatalogueFile, bytes: number): MienError {
  const name = fileNameOf(new URL(file.url))
  return new MienError('download', `${name} has ${bytes} bytes there, and ${file.bytes} in the catalogue.`, {
    name: file.url,
    hint: 'It is another file than the one that was meant. Fetch that elsewhere, and drop it on the models page.',
  })
}

function brokenOff(file: CatalogueFile, held: number): MienError {
  const { host } = new URL(file.url)
  const [here, all] = [mebibytes(held), mebibytes(file.bytes)]
  return new MienError('download', `The connection to ${host} broke off after ${here} of ${all}.`, {
    name: file.url,
    hint: keptHint,
  })
}

function aPage({ url }: CatalogueFile): MienError {
  const address = new URL(url)
  return new MienError('download', `${address.host} sends a web page in place of ${fileNameOf(address)}.`, {
    name: url,
    hint: 'It may ask for a sign-in or a confirmation: fetch the file with a browser, and drop it on the models page.',
  })
}

function otherPart({ host, href }: URL): MienError {
  return new MienError('download', `${host} does not send the part of the file that it is asked for.`, {
    name: href,
    hint: elsewhere,
  })
}

function busy({ host, href }: URL, wait: number | undefined): MienError {
  const message =
    wait === undefined
      ? `${host} cannot give the file at the moment.`
      : `${host} cannot give the file before ${Math.ceil(wait / 1000)} seconds are over.`
  return new MienError('download', message, { name: href, hint: keptHint })
}

function connectionLost(file: CatalogueFile, cause: unknown): Setback {
  const { host } = new URL(file.url)
  const why = new MienError('download', `${host} cannot be reached (${codeOf(cause) || String(cause)}).`, {
    name: file.url,
    hint: 'Check the connection, and try again: what came of it is kept.',
    cause,
  })
  return { why }
}

function stopped(): MienError {
  return new MienError('stopped', 'The download was stopped; what came of it is kept.')
}
