import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { mostImported } from '../../shared/models.ts'
import { foldersIn, makeFolder, removeFolder } from '../files.ts'
import { isAlive } from '../processes.ts'
import { receiveFile } from '../received-file.ts'

/** The largest file that can be uploaded, in bytes: checkpoints are as large. */
const largestUpload = 4 * 2 ** 30

/** Files that a window gave, by ids that say nothing of their places. */
export interface Uploads {
  /** Keeps what comes until `mostImported` others came. Throws MienError 'bad-file' if it is too large, 'unwritable'. */
  receive(name: string, pieces: AsyncIterable<Uint8Array>): Promise<string>
  /** Names a file of the user that stays where it is. */
  refer(path: string): string
  /** Where the file lies, the last part being its name; undefined if there is none of that id. */
  path(id: string): string | undefined
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

  return {
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
      for (const old of received.splice(0, received.length - mostImported)) {
        paths.delete(old)
        await removeFolder(join(own, old))
      }
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
