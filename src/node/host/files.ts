import { randomBytes } from 'node:crypto'
import {
  access,
  constants,
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  rmdir,
  stat,
  statfs,
  unlink,
  utimes,
} from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import { codeOf, freeSpace, mebibytes, unreadable, unwritable } from './file-faults.ts'

/**
 * The whole of a file. Throws MienError 'unreadable-file' with a sentence that fits the reason, and
 * 'bad-file' beyond `limit` bytes, before anything is read.
 */
export async function readWholeFile(path: string, limit: number): Promise<Uint8Array> {
  try {
    const { size } = await requireFile(path)
    if (size > limit) {
      throw new MienError(
        'bad-file',
        `${path} has ${mebibytes(size)}; at most ${mebibytes(limit)} are read.`,
        {
          file: path,
        },
      )
    }
    return await readFile(path)
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** The size of a file that exists and may be read. Throws MienError 'unreadable-file'. */
export async function requireFile(path: string): Promise<{ readonly size: number }> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) throw Object.assign(new Error('is a folder'), { code: 'EISDIR' })
    await access(path, constants.R_OK)
    return { size: found.size }
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

/** A text file, or undefined where it is missing or cannot be read. */
export async function readTextIfAny(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}

/** The names of the folders in a folder, sorted; none where it is missing. */
export async function foldersIn(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
}

/** What a name in a folder stands for; links are neither files nor folders. */
export interface FolderEntry {
  readonly name: string
  readonly kind: 'file' | 'folder' | 'other'
}

/** Everything in a folder by name; nothing where it is missing. Throws MienError 'unreadable-file'. */
export async function entriesIn(path: string): Promise<readonly FolderEntry[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true })
    return entries
      .map((entry) => ({ name: entry.name, kind: kindOf(entry) }))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return []
    throw unreadable(path, cause)
  }
}

/** What stands at a path, a link not being followed. */
export interface FileStatus {
  readonly kind: FolderEntry['kind']
  readonly size: number
  /** Milliseconds since 1970, with fractions. */
  readonly modified: number
  /** Another one once the file was replaced whole; 0 where the disk has none. */
  readonly inode: number
}

/** Undefined where nothing stands. Throws MienError 'unreadable-file'. */
export async function statusOf(path: string): Promise<FileStatus | undefined> {
  try {
    const found = await lstat(path)
    return { kind: kindOf(found), size: found.size, modified: found.mtimeMs, inode: found.ino }
  } catch (cause) {
    if (/^(ENOENT|ENOTDIR)$/.test(codeOf(cause))) return undefined
    throw unreadable(path, cause)
  }
}

function kindOf(found: { isFile(): boolean; isDirectory(): boolean }): FolderEntry['kind'] {
  return found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other'
}

/** Moves a folder on its disk to a name that must be free, for good. Throws MienError 'unwritable'. */
export async function renameFolder(from: string, to: string): Promise<void> {
  try {
    // An empty folder would be replaced.
    if ((await statusOf(to)) !== undefined) throw Object.assign(new Error('is taken'), { code: 'EEXIST' })
    await renameWithPatience(from, to)
    await flushFolder(dirname(to))
    if (dirname(from) !== dirname(to)) await flushFolder(dirname(from))
  } catch (cause) {
    throw unwritable(to, cause)
  }
}

/** The names of the files in a folder, sorted; none where it is missing. */
export async function filesInFolder(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)
    .sort()
}

/** Lets the content of a file that is only ever replaced whole stay under a second name. Throws MienError 'unwritable'. */
export async function keepUnderName(path: string, kept: string): Promise<void> {
  try {
    await link(path, kept).catch(() => copyFile(path, kept))
  } catch (cause) {
    throw unwritable(kept, cause)
  }
}

/** A second file of the same content, flushed to the disk. Throws MienError 'unwritable'. */
export async function copyWholeFile(from: string, to: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE)
    const file = await open(to, 'r+')
    try {
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw unwritable(to, cause)
  }
}

/** Whether something stands at that path. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}

/** Whether a folder stands at that path, a link being followed. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )
}

/**
 * Makes the folder and its parents. The function given back removes what was made here, as far as it is
 * empty, so that a command that fails leaves no trace.
 */
export async function makeFolder(path: string): Promise<() => Promise<void>> {
  let first: string | undefined
  try {
    first = await makeMissing(resolve(path))
    if (!(await stat(path)).isDirectory()) throw Object.assign(new Error('is a file'), { code: 'ENOTDIR' })
  } catch (cause) {
    throw unwritable(path, cause)
  }
  return async () => {
    if (first === undefined) return
    for (let folder = resolve(path); folder.length >= first.length; folder = dirname(folder)) {
      const removed = await rmdir(folder).then(
        () => true,
        () => false,
      )
      if (!removed) return
    }
  }
}

/**
 * Makes a folder and its parents, gives the topmost that was made. Node's own recursive mkdir never ends on
 * file systems where a parent exists and nothing can be made in it, such as /proc.
 */
async function makeMissing(path: string, isAgain = false): Promise<string | undefined> {
  try {
    await mkdir(path)
    await flushFolder(dirname(path))
    return path
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return undefined
    const parent = dirname(path)
    if (codeOf(cause) !== 'ENOENT' || parent === path) throw cause
    if (await exists(parent)) {
      // Somebody else may just have made it.
      if (!isAgain) return makeMissing(path, true)
      throw Object.assign(new Error('nothing can be made there'), { code: 'EPERM' })
    }
    const first = await makeMissing(parent)
    await makeMissing(path)
    return first
  }
}

/** Throws MienError 'unwritable' unless a file can be made in the folder and `bytes` are free on its disk. */
export async function requireWritable(folder: string, bytes: number): Promise<void> {
  const probe = temporaryName(join(folder, 'probe'))
  try {
    const file = await open(probe, 'wx')
    await file.close()
    await unlink(probe)
  } catch (cause) {
    throw unwritable(folder, cause)
  }
  await requireSpace(folder, bytes)
}

/** Throws MienError 'unwritable' unless `bytes` are free on the disk of the folder. */
export async function requireSpace(folder: string, bytes: number): Promise<void> {
  // Some file systems do not tell; the writes themselves are checked anyway.
  const space = await statfs(folder).catch(() => undefined)
  if (space !== undefined && space.blocks > 0 && space.bavail * space.bsize < bytes) {
    const free = mebibytes(space.bavail * space.bsize)
    throw new MienError('unwritable', `${folder}: ${free} are free, ${mebibytes(bytes)} are needed.`, {
      file: folder,
      hint: freeSpace,
    })
  }
}

/**
 * Writes a file so that it is there whole or not at all: a temporary file beside it, every byte, flushed
 * to the disk, then renamed. Throws MienError 'unwritable' and leaves what was there before.
 */
export async function writeFileAtomic(path: string, content: Uint8Array | string): Promise<void> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  const temporary = temporaryName(path)
  try {
    await writeAll(temporary, bytes)
    await renameWithPatience(temporary, path)
    await flushFolder(dirname(path))
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw unwritable(path, cause)
  }
}

/** Writes a file whole unless one of that name is there; tells whether it did. Throws MienError 'unwritable'. */
export async function claimFile(path: string, content: string): Promise<boolean> {
  const temporary = temporaryName(path)
  try {
    await writeAll(temporary, Buffer.from(content))
    await link(temporary, path).catch((cause: unknown) => {
      // Not every disk knows second names.
      if (codeOf(cause) !== 'EEXIST') return copyFile(temporary, path, constants.COPYFILE_EXCL)
      throw cause
    })
    return true
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return false
    throw unwritable(path, cause)
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined)
  }
}

/** Sets the time of the last change of a file to now. Throws MienError 'unwritable'. */
export async function touchFile(path: string): Promise<void> {
  try {
    await utimes(path, new Date(), new Date())
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

/** Removes a file that may be there. Throws MienError 'unwritable'. */
export async function removeFile(path: string): Promise<void> {
  try {
    await rm(path, { force: true })
  } catch (cause) {
    throw unwritable(path, cause)
  }
}

/** Removes a folder with everything in it, as far as that is allowed. */
export async function removeFolder(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined)
}

/** A file to which whole lines are appended, for logs that must survive a kill. */
export interface LineFile {
  append(line: string): Promise<void>
  close(): Promise<void>
}

/**
 * Starts a file of lines anew, or goes on after the lines that are `kept` of it. Throws MienError 'unwritable', then
 * and at each line.
 */
export async function openLineFile(path: string, kept: readonly string[] = []): Promise<LineFile> {
  if (kept.length > 0) await writeFileAtomic(path, kept.map((line) => `${line}\n`).join(''))
  const file = await open(path, kept.length > 0 ? 'a' : 'w').catch((cause: unknown) => {
    throw unwritable(path, cause)
  })
  return {
    async append(line) {
      await file.appendFile(`${line}\n`).catch((cause: unknown) => {
        throw unwritable(path, cause)
      })
    },
    close: () => file.close(),
  }
}

async function writeAll(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  try {
    let written = 0
    while (written < bytes.length) {
      // A full disk shows first as a write that takes less than it was given, then as ENOSPC.
      written += (await file.write(bytes, written, bytes.length - written, written)).bytesWritten
    }
    await file.sync()
    if ((await file.stat()).size !== bytes.length) {
      throw Object.assign(new Error('the file is short'), { code: 'ENOSPC' })
    }
  } finally {
    await file.close()
  }
}

/** On Windows a virus scanner or an indexer may hold the file for a moment. Throws what the system says. */
export async function renameWithPatience(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await rename(from, to)
      return
    } catch (cause) {
      const busy = process.platform === 'win32' && /^(EPERM|EACCES|EBUSY)$/.test(codeOf(cause))
      if (!busy || attempt === 8) throw cause
      await new Promise((resolve) => setTimeout(resolve, 20 * attempt))
    }
  }
}

/** Makes what was named and renamed in a folder last. Throws MienError 'unwritable'. */
export async function flushFolder(folder: string): Promise<void> {
  // Windows does not let folders be flushed; its journal keeps the order.
  if (process.platform === 'win32') return
  try {
    const handle = await open(folder, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  } catch (cause) {
    // Some network disks cannot either, and a folder may let itself be written but not read.
    if (!/^(EINVAL|ENOTSUP|ENOSYS|EACCES)$/.test(codeOf(cause))) throw unwritable(folder, cause)
  }
}

/** A name beside a path for what is not whole yet; `temporaryWriter` knows it again. */
export function temporaryName(path: string): string {
  return join(
    dirname(path),
    `.${basename(path).slice(0, 80)}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`,
  )
}

/** The number of the process that gave a name of `temporaryName`; undefined for other names. */
export function temporaryWriter(name: string): number | undefined {
  const match = /^\..*\.(\d+)-[0-9a-f]{12}\.tmp$/.exec(name)
  return match === null ? undefined : Number(match[1])
}
