import { join } from 'node:path'
import { readTextIfAny, removeFile } from '../host/files.ts'
import { newToken } from '../host/loopback-guard.ts'
import { receiveFile } from '../host/received-file.ts'

/**
 * The token of this user, the same from start to start, so that a page that is open finds the host again. Only the user may
 * read its file.
 *
 * @throws MienError 'unwritable'
 */
export async function keptToken(home: string): Promise<string> {
  const path = join(home, 'web-token')
  const kept = await readTextIfAny(path)
  if (kept !== undefined && /^[\w-]{43}$/.test(kept)) return kept
  const token = newToken()
  await removeFile(path)
  await receiveFile(path, [Buffer.from(token)], token.length)
  return token
}
