import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { checkRange } from '../../engine/checkpoint/byte-source.ts'
import { MienError } from '../../engine/errors.ts'
import type { ByteSource } from '../../engine/runtime.ts'

/** A file that stays open for random access until `close`. */
export interface FileSource extends ByteSource {
  close(): void
}

/** Opens a file for reading. Throws MienError 'unreadable-file' if it is missing, no file, or may not be read. */
export function openFileSource(path: string): FileSource {
  const name = basename(path)
  const { descriptor, size } = openFile(path, name)
  const source: FileSource = {
    name,
    size,
    read(offset, length) {
      checkRange(source, offset, length)
      // Not Buffer.allocUnsafe: a tensor takes the bytes over, so they must fill a buffer of their own.
      const bytes = new Uint8Array(length)
      let filled = 0
      while (filled < length) {
        const count = readSync(descriptor, bytes, filled, Math.min(length - filled, 2 ** 30), offset + filled)
        if (count === 0) {
          throw new MienError('bad-file', `The file "${name}" became shorter while it was read.`, {
            file: name,
            offset: offset + filled,
          })
        }
        filled += count
      }
      return bytes
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
