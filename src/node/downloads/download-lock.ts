import { join } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import { claimFile, readTextIfAny, removeFile, statusOf } from '../host/files.ts'
import { isAlive } from '../host/processes.ts'

/**
 * Makes sure that no other Mien writes to the downloads; gives what lets go of them. Throws MienError 'download' where one does.
 */
export async function holdDownloads(downloads: string): Promise<() => Promise<void>> {
  const lock = join(downloads, 'lock')
  if (await isLeft(lock)) await removeFile(lock)
  if (!(await claimFile(lock, String(process.pid)))) {
    throw new MienError('download', 'Another Mien is downloading models at the moment.', {
      file: lock,
      hint: 'Wait until it is done, or stop it there.',
    })
  }
  return () => removeFile(lock)
}

/** Whether a lock is that of a process that is gone. */
async function isLeft(lock: string): Promise<boolean> {
  const status = await statusOf(lock)
  if (status === undefined) return false
  const pid = Number(await readTextIfAny(lock))
  return !Number.isInteger(pid) || pid <= 0 || !isAlive(pid, status.modified)
}
