import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { checkRange } from '../../engine/checkpoint/byte-source.ts'
import { MienError } from '../../engine/errors.ts'
import type { ByteSource } from '../../engine/runtime.ts'

/** A file that stays open for random access until `close`. */
export interface FileSource extends ByteSource {
  /**
   * SHA-256 of the whole file, in hexadecimal.
   *
   * @param onRead told how much of the file was read, 0..1
   */
  sha256(onRead: (portion: number) => void): string
  close(): void
}

/** Read at a time while hashing: what was read is then still in the cache of the processor. */
const chunk = 2 ** 20

/** Opens a file for reading. Throws MienError 'unreadable-file' if it is missing, no file, or may not be read. */
export function openFileSource(path: string): FileSource {
  const name = basename(path)
  const { descriptor, size } = openFile(path, name)
  const fill = (bytes: Uint8Array, offset: number) => {
    let filled = 0
    while (filled < bytes.length) {
      const most = Math.min(bytes.length - filled, 2 ** 30)
      const count = readSync(descriptor, bytes, filled, most, offset + filled)
      if (count === 0) {
        throw new MienError('bad-file', `The file "${name}" became shorter while it was read.`, {
          file: name,
          offset: offset + filled,
        })
      }
      filled += count
    }
  }
  const source: FileSource = {
    name,
    size,
    read(offset, length) {
      checkRange(source, offset, length)
      // Not Buffer.allocUnsafe: a tensor takes the bytes over, so they must fill a buffer of their own.
      const bytes = new Uint8Array(length)
      fill(bytes, offset)
      return bytes
    },
    sha256(onRead) {
      const hash = createHash('sha256')
      const bytes = new Uint8Array(Math.min(chunk, size))
      for (let offset = 0; offset < size; offset += chunk) {
        const part = bytes.subarray(0, Math.min(chunk, size - offset))
        fill(part, offset)
        hash.update(part)
        onRead(Math.min(1, (offset + chunk) / size))
      }
      return hash.digest('hex')
    },
    close: () => closeSync(descriptor),
  }
  return source
}

function openFile(path: string, name: string): { descriptor: number; size: number } {
  try {
    const descriptor = openSync(path, 'r')
    const status = fstatSync(descriptor)
    if (status.isFile()) return { descriptor, size: status.size }
    closeSync(descriptor)
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new MienError(
      'unreadable-file',
      `The file "${name}" ${missing ? 'does not exist' : 'cannot be opened'}.`,
      {
        file: path,
        cause,
        hint: missing ? 'Check the path.' : 'Check that it may be read and is not in use.',
      },
    )
  }
  throw new MienError('unreadable-file', `"${name}" is no file.`, {
    file: path,
    hint: 'Give the path of a file.',
  })
}
