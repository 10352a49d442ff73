import { open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { unwritable } from './file-faults.ts'
import { flushFolder, renameWithPatience, temporaryName } from './files.ts'

/** A file that is written piece by piece beside its place, and stands there only once it is whole. */
export interface GrowingFile {
  /** Throws MienError 'unwritable'. */
  write(piece: Uint8Array, position: number): Promise<void>
  /** Flushes it to the disk and gives it its name. Throws MienError 'unwritable'. */
  finish(): Promise<void>
  /** Removes what was written, unless it is whole already. */
  abandon(): Promise<void>
}

/** Begins a file of that name; what stands there stays until it is whole. Throws MienError 'unwritable'. */
export async function openGrowingFile(path: string): Promise<GrowingFile> {
  const toMien = (cause: unknown): never => {
    throw unwritable(path, cause)
  }
  const temporary = temporaryName(path)
  const file = await open(temporary, 'wx').catch(toMien)
  return {
    async write(piece, position) {
      for (let written = 0; written < piece.length; ) {
        // A full disk shows first as a write that takes less than it was given, then as ENOSPC.
        const { bytesWritten } = await file
          .write(piece, written, piece.length - written, position + written)
          .catch(toMien)
        written += bytesWritten
      }
    },
    async finish() {
      try {
        await file.sync()
        await file.close()
        await renameWithPatience(temporary, path)
        await flushFolder(dirname(path))
      } catch (cause) {
        toMien(cause)
      }
    },
    async abandon() {
      await file.close().catch(() => undefined)
      await rm(temporary, { force: true }).catch(() => undefined)
    },
  }
}
