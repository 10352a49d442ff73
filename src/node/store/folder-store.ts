import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import * as v from 'valibot'
import { MienError } from '../../engine/errors.ts'
import { unwritable } from '../host/file-faults.ts'
import {
  claimFile,
  copyWholeFile,
  exists,
  flushFolder,
  makeFolder,
  readTextIfAny,
  readWholeFile,
  removeFile,
  renameWithPatience,
  statusOf,
  temporaryName,
  writeFileAtomic,
} from '../host/files.ts'
import { parseJson } from '../host/json-fields.ts'
import { sha256OfFile } from '../host/partial-file.ts'
import { sha256 } from '../host/sha256.ts'
import type { Store, StoreArea } from './store.ts'

const markName = 'store.json'
const mark = v.object({ version: v.literal(1), id: v.pipe(v.string(), v.uuid()) })

/** Makes a folder, empty or not there yet, a store, if it is not one already. Throws MienError 'unwritable', 'bad-file'. */
export async function makeFolderStore(folder: string): Promise<Store> {
  await makeFolder(folder)
  await claimFile(join(folder, markName), `${JSON.stringify({ version: 1, id: randomUUID() })}\n`)
  return openFolderStore(folder)
}

/** How often it is looked whether a store has come, in milliseconds. */
const lookEvery = 2000

/**
 * As `openFolderStore`, but waits for a store that is not there yet: a folder that is mounted later, or that the first batch makes.
 *
 * @param tell hears in sentences what is waited for
 * @param stopped ends the waiting
 * @throws MienError 'stopped', 'bad-file'
 */
export async function awaitFolderStore(
  folder: string,
  tell: (sentence: string) => void,
  stopped: AbortSignal,
): Promise<Store> {
  for (let isTold = false; ; isTold = true) {
    try {
      return await openFolderStore(folder)
    } catch (error) {
      if (!(error instanceof MienError) || error.code !== 'unreadable-file') throw error
      if (!isTold) tell(`${error.message} Waiting for it: the first "mien batch --store" makes it.`)
    }
    await setTimeout(lookEvery, undefined, { signal: stopped }).catch(() => {
      throw new MienError('stopped', 'Stopped.')
    })
  }
}

/** A store in a folder that is shared with other machines. Throws MienError 'unreadable-file' where there is none, 'bad-file'. */
export async function openFolderStore(folder: string): Promise<Store> {
  const id = await readId(folder)

  // Two letters apart, as in many a store of this kind: folders of a million names are slow on some disks.
  const pathOf = (area: StoreArea, hash: string) => join(folder, area, hash.slice(0, 2), hash)
  const isThere = async (path: string) => (await statusOf(path))?.kind === 'file'

  async function check(): Promise<void> {
    if ((await readId(folder)) !== id) throw gone(folder, 'is another store now')
  }

  /** The path of a file that is there. */
  async function found(area: StoreArea, hash: string): Promise<string> {
    const path = pathOf(area, hash)
    if (await isThere(path)) return path
    // Where the whole store is gone, nothing is wrong with what was asked for.
    await check()
    throw new MienError('mismatch', `The store ${folder} has no file ${hash}.`, {
      file: path,
      hint: 'Give the command of the batch again: it puts in what is missing.',
    })
  }

  async function place(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
    await makeFolder(dirname(path))
    const temporary = temporaryName(path)
    try {
      await write(temporary)
      await renameWithPatience(temporary, path)
      await flushFolder(dirname(path))
    } catch (cause) {
      await removeFile(temporary).catch(() => undefined)
      throw unwritable(path, cause)
    }
  }

  return {
    id,
    check,
    has: (area, hash) => isThere(pathOf(area, hash)),
    async put(area, bytes) {
      const hash = sha256(bytes)
      const path = pathOf(area, hash)
      if (await isThere(path)) return hash
      await makeFolder(dirname(path))
      await writeFileAtomic(path, bytes)
      return hash
    },
    async putFile(area, path) {
      const hash = await sha256OfFile(path)
      const kept = pathOf(area, hash)
      if (await isThere(kept)) return hash
      await place(kept, (temporary) => copyOf(path, temporary, hash))
      return hash
    },
    async read(area, hash, limit) {
      const path = await found(area, hash)
      const bytes = await readWholeFile(path, limit)
      if (sha256(bytes) !== hash) throw changed(path)
      return bytes
    },
    async fetch(area, hash, path) {
      const kept = await found(area, hash)
      await place(path, (temporary) => copyOf(kept, temporary, hash))
    },
    remove: (area, hash) => removeFile(pathOf(area, hash)),
  }
}

/** Copies a file of that hash. Throws MienError 'mismatch' for another one. */
async function copyOf(from: string, to: string, hash: string): Promise<void> {
  await copyWholeFile(from, to)
  if ((await sha256OfFile(to)) !== hash) throw changed(from)
}

/** The id of a store. Throws MienError 'unreadable-file' where there is none, 'bad-file' for one that is damaged. */
async function readId(folder: string): Promise<string> {
  const path = join(folder, markName)
  const text = await readTextIfAny(path)
  if (text === undefined) {
    throw gone(folder, (await exists(folder)) ? `is no store: it has no ${markName}` : 'does not exist')
  }
  const parsed = v.safeParse(mark, parseJson(text))
  if (parsed.success) return parsed.output.id
  throw new MienError('bad-file', `${path} is damaged, or of another version of Mien.`, {
    file: path,
    hint: 'Choose another folder for the store.',
  })
}

function gone(folder: string, what: string): MienError {
  return new MienError('unreadable-file', `The store ${folder} ${what}.`, {
    file: folder,
    hint: 'See that the shared folder is mounted, and is the one that "mien batch --store" was given.',
  })
}

function changed(path: string): MienError {
  return new MienError('mismatch', `${path} is not what its name says: it was changed or damaged.`, {
    file: path,
    hint: 'Remove it, and give the command of the batch again.',
  })
}
