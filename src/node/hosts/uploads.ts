import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { mostImported } from '../../shared/models.ts'
import { foldersIn, makeFolder, removeFolder } from '../host/files.ts'
import { isAlive } from '../host/processes.ts'
import { receiveFile } from '../host/received-file.ts'

/** A page that uploads imports at once; one that was closed meanwhile never does. Milliseconds. */
const keptFor = 3_600_000

/** The largest file that can be uploaded, in bytes: checkpoints are as large. */
const largestUpload = 4 * 2 ** 30

/** Files that a window gave, by ids that say nothing of their places. */
export interface Uploads {
  /**
   * Keeps what comes until it is let go, `mostImported` others came, or nobody wanted it for an hour. Throws MienError
   * 'bad-file' if it is too large, 'unwritable'.
   */
  receive(name: string, pieces: AsyncIterable<Uint8Array>): Promise<string>
  /** Names a file of the user that stays where it is. */
  refer(path: string): string
  /** Where the file lies, the last part being its name; undefined if there is none of that id. */
  path(id: string): string | undefined
  /** Forgets a file, and removes it if it was received. */
  release(id: string): Promise<void>
  /** Removes what was received. */
  dispose(): Promise<void>
}

/** Uploads in a folder of this process below `folder`; those that killed processes left there are removed. */
export async function openUploads(folder: string): Promise<Uploads> {
  const own = join(folder, `${process.pid}-${newId()}`)
  for (const name of await foldersIn(folder)) {
    const owner = ownerOf(name)
    if (owner === undefined) continue
    const isInUse = owner !== process.pid && isAlive(owner, Date.now())
    if (!isInUse) await removeFolder(join(folder, name))
  }
  const paths = new Map<string, string>()
  const received: string[] = []

  async function release(id: string): Promise<void> {
    if (!paths.delete(id)) return
    const at = received.indexOf(id)
    if (at < 0) return
    received.splice(at, 1)
    await removeFolder(join(own, id))
  }

  return {
    release,
    async receive(name, pieces) {
      const id = newId()
      await makeFolder(join(own, id))
      const path = join(own, id, fileName(name))
      try {
        await receiveFile(path, pieces, largestUpload)
      } catch (error) {
        await removeFolder(join(own, id))
        throw error
      }
      paths.set(id, path)
      received.push(id)
      setTimeout(() => void release(id), keptFor).unref()
      for (const old of received.slice(0, -mostImported)) await release(old)
      return id
    },
    refer(path) {
      const id = newId()
      paths.set(id, path)
      return id
    },
    path: (id) => paths.get(id),
    async dispose() {
      paths.clear()
      await removeFolder(own)
    },
  }
}

/** The process that made a folder of uploads; undefined for folders that no Mien made. */
function ownerOf(name: string): number | undefined {
  const match = /^(\d+)-[0-9a-f]{24}$/.exec(name)
  return match === null ? undefined : Number(match[1])
}

function newId(): string {
  return randomBytes(12).toString('hex')
}

/** The name of the file for messages and for the model; never a path, and never one that a system has another use for. */
function fileName(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9._-]+/g, '_').slice(-80)
  return /^($|\.|(con|prn|aux|nul|com\d|lpt\d)(\.|$))/i.test(plain) ? `_${plain}` : plain
}
