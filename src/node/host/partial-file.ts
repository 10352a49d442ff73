import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { unreadable, unwritable } from './file-faults.ts'

/** A file that grows piece by piece and may be taken up again. */
export interface PartialFile {
  /** Bytes that are there. */
  readonly size: number
  /** Writes a piece behind what is there. Throws MienError 'unwritable'. */
  append(piece: Uint8Array): Promise<void>
  /** Flushes what was written to the disk, and closes. Throws MienError 'unwritable'. */
  close(): Promise<void>
}

/** Opens a file that the user alone may read, with what is there of it; with `anew` it is emptied. Throws MienError 'unwritable'. */
export async function openPartialFile(
  path: string,
  { anew }: { readonly anew: boolean },
): Promise<PartialFile> {
  const toMien = (cause: unknown): never => {
    throw unwritable(path, cause)
  }
  const file = await open(path, anew ? 'w' : 'a', 0o600).catch(toMien)
  let size = (await file.stat().catch(toMien)).size
  return {
    get size() {
      return size
    },
    async append(piece) {
      // Writes again what a full disk did not take, until it says so.
      await file.writeFile(piece).catch(toMien)
      size += piece.byteLength
    },
    async close() {
      try {
        await file.sync()
      } catch (cause) {
        toMien(cause)
      } finally {
        await file.close()
      }
    },
  }
}

/** The bytes of a file, piece by piece. Throws MienError 'unreadable-file'. */
export async function* piecesOfFile(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    const file = await open(path)
    yield* file.createReadStream({ highWaterMark: 2 ** 20, signal })
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

const neverAborted = new AbortController().signal

/** SHA-256 of a file in hex; others have their turn meanwhile. Throws MienError 'unreadable-file'. */
export async function sha256OfFile(path: string, signal: AbortSignal = neverAborted): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of piecesOfFile(path, signal)) hash.update(piece)
  return hash.digest('hex')
}
