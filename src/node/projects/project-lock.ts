import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import { claimFile, readWholeFile, removeFile, statusOf, touchFile } from '../host/files.ts'
import { asCount, asRecord, asText, parseJson } from '../host/json-fields.ts'
import { isAlive } from '../host/processes.ts'
import { projectFiles } from './project-paths.ts'

/** Who has a project open. */
export interface LockOwner {
  readonly host: string
  readonly pid: number
  /** Milliseconds since 1970. */
  readonly since: number
  /** Another one for every lock. */
  readonly token: string
}

/** The leave to change a project. */
export interface ProjectLock {
  /** Throws MienError 'wrong-use' that names who took the project over, as happens after a long sleep. */
  requireHeld(): Promise<void>
  /** Gives it back; the folder may have moved. Throws MienError 'unwritable'. */
  release(folder?: string): Promise<void>
}

/** A living owner renews its lock once a minute, so one that is older belongs to none. */
const renewal = 60_000
const longestSilence = 10 * renewal

const largestLock = 2 ** 20
/** Of what Date can hold. */
const latestDate = 8.64e15

/** Tokens of the locks of this process. */
const ours = new Set<string>()

/**
 * Takes the lock of a project, or says who has it. Throws MienError 'unwritable', 'unreadable-file'.
 *
 * @param name of the lock's file, where the folder is not that of a project
 */
export async function takeLock(
  folder: string,
  now: () => number,
  name: string = projectFiles.lock,
): Promise<ProjectLock | LockOwner> {
  const path = join(folder, name)
  const mine: LockOwner = { host: hostname(), pid: process.pid, since: now(), token: randomUUID() }
  // Known before it can be seen on the disk, so that it is never taken for one that was left behind.
  ours.add(mine.token)
  try {
    for (;;) {
      if (await claimFile(path, `${JSON.stringify(mine)}\n`)) return heldLock(folder, name, mine)
      const owner = await livingOwner(path, now)
      if (owner !== undefined) {
        ours.delete(mine.token)
        return owner
      }
      await removeFile(path)
    }
  } catch (error) {
    ours.delete(mine.token)
    throw error
  }
}

/** A sentence that says why a project cannot be changed. */
export function openElsewhere({ host, pid, since }: LockOwner): string {
  const where = host === hostname() ? 'on this machine' : `on ${host}`
  const when = new Date(since).toISOString().slice(0, 16).replace('T', ' ')
  return `The project is open in another Mien ${where} (process ${pid}, since ${when} UTC); here it can be looked at, but not changed.`
}

export function isHeld(lock: ProjectLock | LockOwner): lock is ProjectLock {
  return 'release' in lock
}

function heldLock(folder: string, name: string, mine: LockOwner): ProjectLock {
  const path = join(folder, name)
  // A renewal that fails is made up for by the next; whoever takes the lock meanwhile is seen by requireHeld.
  const timer = setInterval(() => touchFile(path).catch(() => undefined), renewal)
  timer.unref()
  return {
    async requireHeld() {
      const owner = await readOwner(path)
      if (owner?.token === mine.token) return
      const message = owner === undefined ? 'The lock of the project was removed.' : openElsewhere(owner)
      throw new MienError('wrong-use', message, {
        file: folder,
        hint: 'Close the project and open it again.',
      })
    },
    async release(at = folder) {
      clearInterval(timer)
      // If it cannot be removed now, the next that comes knows it for one that was left behind.
      ours.delete(mine.token)
      const lock = join(at, name)
      if ((await readOwner(lock))?.token === mine.token) await removeFile(lock)
    },
  }
}

/** Undefined for a lock that was left behind, or that cannot be understood. */
async function livingOwner(path: string, now: () => number): Promise<LockOwner | undefined> {
  const owner = await readOwner(path)
  const status = await statusOf(path)
  if (owner === undefined || status === undefined || now() - status.modified > longestSilence)
    return undefined
  if (owner.host !== hostname()) return owner
  const lives = owner.pid === process.pid ? ours.has(owner.token) : isAlive(owner.pid, owner.since)
  return lives ? owner : undefined
}

/** Undefined where there is none, or none that can be understood. Throws MienError 'unreadable-file'. */
async function readOwner(path: string): Promise<LockOwner | undefined> {
  const isFile = (await statusOf(path))?.kind === 'file'
  const text = isFile && new TextDecoder().decode(await readWholeFile(path, largestLock))
  const fields = asRecord(parseJson(text || ''))
  const [host, token] = [asText(fields?.host), asText(fields?.token)]
  const [pid, since] = [asCount(fields?.pid), asCount(fields?.since)]
  if (host === undefined || token === undefined || pid === undefined || since === undefined) return undefined
  return { host, token, pid, since: Math.min(since, latestDate) }
}
