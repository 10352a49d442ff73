import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { codeOf, unwritable } from './file-faults.ts'
import { flushFolder, renameWithPatience } from './files.ts'

/**
 * Makes a folder unless anything of that name is there; tells whether it did. Of several that try at once one does. Throws
 * MienError 'unwritable'.
 */
export async function claimFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path)
    await flushFolder(dirname(path))
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    throw unwritable(path, cause)
  }
}

/** Moves files of a folder into one that the caller has claimed, on the same disk. Throws MienError 'unwritable'. */
export async function moveFiles(from: string, to: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(to, name)
    await renameWithPatience(join(from, name), path).catch((cause: unknown) => {
      throw unwritable(path, cause)
    })
  }
}
