import { uptime } from 'node:os'
import { codeOf } from './file-faults.ts'

/** Ends a process at once, whatever it does. One that is gone, or about to be, is no error: Windows says EPERM of it. */
export function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (cause) {
    if (!['ESRCH', 'EPERM'].includes(codeOf(cause))) throw cause
  }
}

/**
 * Whether the process of this machine that had that number at a time is still there. After a restart of the machine
 * its number means nothing.
 *
 * @param since milliseconds since 1970
 */
export function isAlive(pid: number, since: number): boolean {
  const bootTime = Date.now() - uptime() * 1000
  if (since < bootTime) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    // It is there, and belongs to someone else.
    return codeOf(cause) === 'EPERM'
  }
}
