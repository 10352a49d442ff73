import type { IncomingHttpHeaders } from 'node:http'
import type { CatalogueFile } from '../../shared/catalogue.ts'

/** What is kept beside a partial file, so that only the rest of the very same file is put behind it. */
export interface Progress {
  readonly url: string
  /** A strong one; null where the server gave none, and nothing can be resumed. */
  readonly etag: string | null
  /** Of the whole file; null where the server did not say. */
  readonly bytes: number | null
}

/** What an answer of a server means for a file of which `held` bytes are there. */
export type Meaning =
  /** The whole file comes, or its rest. */
  | { readonly kind: 'whole' | 'rest'; readonly progress: Progress }
  /** What is there does not belong to what the server has: begin anew. */
  | { readonly kind: 'anew' }
  /** It may succeed later; in so many milliseconds, if the server said so. */
  | { readonly kind: 'later'; readonly wait: number | undefined }
  | { readonly kind: 'coded'; readonly coding: string }
  | { readonly kind: 'refused' }

/** Statuses after which another try may succeed. */
const passing: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504])

export function meaningOf(
  status: number,
  headers: IncomingHttpHeaders,
  { url }: CatalogueFile,
  held: number,
  before: Progress | undefined,
  now: number,
): Meaning {
  if (passing.has(status)) return { kind: 'later', wait: waitOf(headers['retry-after'], now) }
  if (status === 416 && held > 0) return { kind: 'anew' }
  if (status !== 200 && status !== 206) return { kind: 'refused' }
  const coding = headers['content-encoding']
  if (coding !== undefined && coding !== 'identity') return { kind: 'coded', coding }
  const etag = strongTag(headers.etag)
  if (status === 200)
    return { kind: 'whole', progress: { url, etag, bytes: wholeNumber(headers['content-length']) } }
  const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(headers['content-range'] ?? '')
  const [, from, to, bytes] = (range ?? []).map(Number)
  // A range that nobody asked for, of all that there is.
  if (held === 0 && from === 0 && to! + 1 === bytes) return { kind: 'whole', progress: { url, etag, bytes } }
  const sameTag = headers.etag === undefined || etag === before?.etag
  const same = from === held && bytes === before?.bytes && sameTag
  return same ? { kind: 'rest', progress: before! } : { kind: 'anew' }
}

/** A weak one says that two files are alike, not that they are the same (RFC 9110, 8.8.1). */
function strongTag(etag: string | undefined): string | null {
  return etag !== undefined && /^"[^"]*"$/.test(etag) ? etag : null
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null
}

/** Milliseconds until the moment that Retry-After names, in seconds or as a date; undefined where it names none. */
export function waitOf(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  const seconds = wholeNumber(header.trim())
  const wait = seconds === null ? Date.parse(header) - now : seconds * 1000
  return Number.isNaN(wait) ? undefined : Math.max(0, wait)
}
