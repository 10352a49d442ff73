import { basename, join } from 'node:path'
import { entriesIn, makeFolder, removeFolder, renameFolder, temporaryName } from '../host/files.ts'
import { createIndex, type ListedProject } from './project-index.ts'
import { freeName } from './project-paths.ts'
import type { BinnedProject } from './project-store.ts'

/** How long a removed project is kept. */
const keptMilliseconds = 30 * 24 * 60 * 60 * 1000

/** Removed projects, each in a folder `<milliseconds since 1970>-Name.mien`. */
export interface Bin {
  /** Those that are kept, the last removed first; what is over its time is removed for good. */
  list(): Promise<readonly BinnedProject[]>
  /** Moves the folder of a project into the bin; gives where it is then. Throws MienError 'unwritable'. */
  put(folder: string): Promise<string>
  /** Throws MienError 'wrong-use' for an id that is not there. */
  find(id: string): Promise<ListedProject>
  /** Removes a project for good. Throws MienError 'wrong-use', 'unwritable'. */
  purge(id: string): Promise<void>
  /** Removes what is over its time. */
  expire(): Promise<void>
}

const pattern = /^(\d{1,15})-(.+)$/

/** The name that a folder had before it came into the bin. */
export function nameBefore(binned: string): string {
  return pattern.exec(basename(binned))?.[2] ?? basename(binned)
}

export function createBin(root: string, now: () => number): Bin {
  const index = createIndex(root)

  async function remove({ folder }: ListedProject): Promise<void> {
    // Half of a project must never be found.
    const gone = temporaryName(folder)
    await renameFolder(folder, gone)
    index.forget(folder)
    await removeFolder(gone)
  }

  async function kept(): Promise<readonly (ListedProject & { readonly removed: number })[]> {
    const all = (await index.all()).map((project) => ({
      ...project,
      removed: removedAt(project.folder, now),
    }))
    const over = ({ removed }: { removed: number }) => removed < now() - keptMilliseconds
    for (const project of all.filter(over)) await remove(project)
    return all.filter((project) => !over(project))
  }

  return {
    async list() {
      const binned = (await kept()).map(({ removed, summary: { id, name, thumbnail } }) => ({
        id,
        name,
        removed,
        thumbnail,
      }))
      return binned.sort((a, b) => b.removed - a.removed)
    },
    async put(folder) {
      await makeFolder(root)
      const taken = (await entriesIn(root)).map(({ name }) => name)
      const place = join(root, freeName(`${now()}-${basename(folder)}`, taken))
      await renameFolder(folder, place)
      return place
    },
    find: index.find,
    async purge(id) {
      await remove(await index.find(id))
    },
    async expire() {
      await kept()
    },
  }
}

function removedAt(folder: string, now: () => number): number {
  return Number(pattern.exec(basename(folder))?.[1] ?? now())
}
