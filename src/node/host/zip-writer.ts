import { Zip, ZipDeflate, ZipPassThrough } from 'fflate'

/** A file that becomes part of a zip. */
export interface ZipInput {
  /** With forward slashes. */
  readonly name: string
  readonly bytes: Uint8Array
}

/** A zip that grows in memory. */
export interface ZipWriter {
  add(input: ZipInput): void
  /** Its bytes; nothing can be added any more. Throws what went wrong on the way. */
  end(): Uint8Array
}

/** Zip knows no time before 1980. */
const earliest = Date.UTC(1980, 0, 2)

/** @param modified what all its files say of when they were changed, in milliseconds since 1970 */
export function zipWriter(modified = earliest): ZipWriter {
  const chunks: Uint8Array[] = []
  let failed: Error | undefined
  const zip = new Zip((error, chunk) => {
    if (error === null) chunks.push(chunk)
    else failed = error
  })
  return {
    add({ name, bytes }) {
      // Pictures and arrays do not become smaller.
      const entry = isText(name) ? new ZipDeflate(name, { level: 6 }) : new ZipPassThrough(name)
      entry.mtime = Math.max(modified, earliest)
      zip.add(entry)
      entry.push(bytes, true)
    },
    end() {
      zip.end()
      if (failed !== undefined) throw failed
      const all = Buffer.concat(chunks)
      return new Uint8Array(all.buffer, all.byteOffset, all.length)
    },
  }
}

/** Whether a file of Mien is a text, by its name. */
export function isText(name: string): boolean {
  return /json$/.test(name)
}
