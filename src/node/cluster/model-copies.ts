import { join } from 'node:path'
import { filesInFolder, makeFolder, removeFile, statusOf, touchFile } from '../host/files.ts'
import { sha256OfFile } from '../host/partial-file.ts'
import type { Store } from '../store/store.ts'

/** After so long without use a copy is removed, in milliseconds. */
const keptUnused = 30 * 24 * 3600 * 1000

/**
 * Copies of a store's models in a folder of this machine, so that they cross the network once. Each is checked when it is first asked
 * for. What was not used for thirty days is removed. Gives what finds the path of a model by its hash, and throws as the store does.
 */
export async function modelCopies(
  store: Store,
  folder: string,
): Promise<(sha256: string) => Promise<string>> {
  await makeFolder(folder)
  for (const name of await filesInFolder(folder)) {
    const path = join(folder, name)
    const age = Date.now() - ((await statusOf(path))?.modified ?? 0)
    if (age > keptUnused) await removeFile(path).catch(() => undefined)
  }
  const asked = new Map<string, Promise<string>>()

  async function copyOf(hash: string): Promise<string> {
    const path = join(folder, hash)
    const isSound = (await statusOf(path))?.kind === 'file' && (await sha256OfFile(path)) === hash
    if (isSound) await touchFile(path).catch(() => undefined)
    else await store.fetch('inputs', hash, path)
    return path
  }

  return (hash) => {
    const known = asked.get(hash) ?? copyOf(hash)
    asked.set(hash, known)
    known.catch(() => asked.delete(hash))
    return known
  }
}
