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
  for (const name of await foldersIn(tmpdir())) {
    const owner = name.startsWith(prefix) ? Number.parseInt(name.slice(prefix.length), 10) : Number.NaN
    if (owner > 0 && !isAlive(owner, Date.now())) await removeFolder(join(tmpdir(), name))
  }
  return mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`)).catch((cause: unknown) => {
    throw unwritable(tmpdir(), cause)
  })
}
