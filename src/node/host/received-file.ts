import { open, rm } from 'node:fs/promises'
import { MienError } from '../../engine/errors.ts'
import { mebibytes, unwritable } from './file-faults.ts'

/**
 * Writes a new file, which only the user may read, from a stream, piece by piece. Throws MienError 'bad-file' beyond `limit` bytes and 'unwritable', and
 * what the stream throws; the file is gone then.
 */
export async function receiveFile(
  path: string,
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limit: number,
): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    throw unwritable(path, cause)
  })
  try {
    let size = 0
    for await (const piece of pieces) {
      size += piece.byteLength
      if (size > limit) throw new MienError('bad-file', `The file has more than ${mebibytes(limit)}.`)
      await file.writeFile(piece).catch((cause: unknown) => {
        throw unwritable(path, cause)
      })
    }
    await file.close()
  } catch (error) {
    await file.close().catch(() => undefined)
    await rm(path, { force: true })
    throw error
  }
}
