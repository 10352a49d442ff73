import { join } from 'node:path'
import { entriesIn, statusOf } from './files.ts'

/** Bytes of all files in a folder and below, links aside; 0 where there is none. */
export async function folderSize(folder: string): Promise<number> {
  let size = 0
  for (const { name, kind } of await entriesIn(folder)) {
    const path = join(folder, name)
    if (kind === 'folder') size += await folderSize(path)
    else if (kind === 'file') size += (await statusOf(path))?.size ?? 0
  }
  return size
}
