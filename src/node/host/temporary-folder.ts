import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unwritable } from './file-faults.ts'
import { foldersIn, removeFolder } from './files.ts'
import { isAlive } from './processes.ts'

/**
 * A new folder among the system's temporary ones that the user alone may enter; the caller removes it. Those of the same kind
 * that killed processes left there are removed. Throws MienError 'unwritable'.
 */
export async function makeTemporaryFolder(kind: string): Promise<string> {
  const prefix = `mien-${kind}-`
  // The whole number with its hyphen: a folder that merely begins alike ('mien-film-92pCES') belongs to somebody else.
  const owned = new RegExp(`^${prefix}(\\d+)-`)
  for (const name of await foldersIn(tmpdir())) {
    const owner = owned.exec(name)?.[1]
    if (owner !== undefined && !isAlive(Number(owner), Date.now())) await removeFolder(join(tmpdir(), name))
  }
  return mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`)).catch((cause: unknown) => {
    throw unwritable(tmpdir(), cause)
  })
}
