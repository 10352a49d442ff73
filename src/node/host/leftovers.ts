import { join } from 'node:path'
import { entriesIn, removeFile, removeFolder, statusOf, temporaryWriter } from './files.ts'
import { isAlive } from './processes.ts'

/**
 * Removes the temporary files and folders that processes which are gone left in a folder and below. What cannot be
 * removed now is left for the next time.
 *
 * @param deep how many folders deep to look
 */
export async function clearLeftovers(folder: string, deep = 4): Promise<void> {
  for (const { name, kind } of await entriesIn(folder).catch(() => [])) {
    const path = join(folder, name)
    if (await isLeftover(path, name)) {
      await (kind === 'folder' ? removeFolder(path) : removeFile(path).catch(() => undefined))
    } else if (kind === 'folder' && deep > 0) {
      await clearLeftovers(path, deep - 1)
    }
  }
}

async function isLeftover(path: string, name: string): Promise<boolean> {
  const writer = temporaryWriter(name)
  if (writer === undefined) return false
  const status = await statusOf(path).catch(() => undefined)
  return status !== undefined && !isAlive(writer, status.modified)
}
