import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A file system of its own. */
export function smallDisk(mebibytes: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'mien-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder])
  onTestFinished(() => {
    execFileSync('umount', ['-l', folder])
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** Takes all space but a little. Gives the file that does. */
export function fill(disk: string, spare: number): string {
  const { bavail, bsize } = statfsSync(disk)
  const ballast = join(disk, 'ballast')
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - spare))
  return ballast
}

/** Whether mounting is permitted; a container's root may lack it. */
function mounts(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'mien-disk-'))
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder])
  if (status === 0) execFileSync('umount', ['-l', folder])
  rmSync(folder, { recursive: true, force: true })
  return status === 0
}

/** Of a tmpfs of its own; elsewhere nobody may mount one. */
export const mayMount = process.platform === 'linux' && process.getuid?.() === 0 && mounts()
