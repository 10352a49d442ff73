import { MienError } from '../../engine/errors.ts'
import { clearLeftovers } from '../host/leftovers.ts'
import { driverDamage } from './driver-damage.ts'
import { inputDamage } from './inputs.ts'
import { type Manifest, readManifest, replaceId } from './manifest.ts'
import type { ListedProject } from './project-index.ts'
import { isHeld, openElsewhere, type ProjectLock, takeLock } from './project-lock.ts'
import { soundRuns } from './sound-runs.ts'

/** A project that is open here. */
export interface OpenFolder {
  readonly folder: string
  readonly lock: ProjectLock | undefined
  readonly manifest: Manifest
  readonly damage: readonly string[]
  readonly readOnly: string | null
}

/**
 * Takes the lock of a project and reads it as far as that is possible. A copy of another project gets its own id.
 * Undefined if another project lies there than was found before. Throws MienError 'bad-file', 'unreadable-file'.
 */
export async function openProjectFolder(
  { folder, storedId, summary: { id } }: ListedProject,
  now: () => number,
): Promise<OpenFolder | undefined> {
  const leave = await takeLeave(folder, now)
  const lock = typeof leave === 'string' ? undefined : leave
  try {
    const found = await readManifest(folder)
    if (found.project.id !== storedId) {
      await lock?.release()
      return undefined
    }
    const readOnly = typeof leave === 'string' ? leave : found.readOnly
    const manifest =
      storedId === id
        ? found
        : readOnly === null
          ? await replaceId(folder, found, id)
          : { ...found, project: { ...found.project, id } }
    if (lock !== undefined) await clearLeftovers(folder)
    const damage = [
      ...found.damage,
      ...(await inputDamage(folder, manifest.project)),
      ...(await driverDamage(folder, manifest.project)),
      ...(await soundRuns(folder)).damage,
    ]
    return { folder, lock, manifest, damage, readOnly }
  } catch (error) {
    await lock?.release().catch(() => undefined)
    throw error
  }
}

/** The lock, or a sentence why it cannot be had. */
async function takeLeave(folder: string, now: () => number): Promise<ProjectLock | string> {
  try {
    const lock = await takeLock(folder, now)
    return isHeld(lock) ? lock : openElsewhere(lock)
  } catch (error) {
    if (!(error instanceof MienError)) throw error
    return `Nothing can be written to the project: ${error.message}`
  }
}
