import { join } from 'node:path'
import type { RecordedChange } from '../../../engine/projection/changes.ts'
import type { StateBytes } from '../../engine/protocol.ts'
import { exists, readWholeFile, statusOf, writeFileAtomic } from '../../host/files.ts'
import type { SnapshotReader } from '../kinds/snapshot-readers.ts'

/** Written in turn, so that the snapshot before is kept. */
export const snapshotNames = ['snapshot-0', 'snapshot-1'] as const

/** The snapshot of a 1024 generator has 34 MB. */
export const largestSnapshot = 512 * 2 ** 20

/** A sound snapshot in one of the slots of a folder. */
export interface KeptSnapshot extends StateBytes {
  readonly slot: 0 | 1
  /** Made before it, the oldest first. */
  readonly changes: readonly RecordedChange[]
}

/** The newest snapshot that is sound, if one is. */
export async function newestSnapshot(
  folder: string,
  read: SnapshotReader,
): Promise<KeptSnapshot | undefined> {
  const slots = await Promise.all([readSlot(folder, 0, read), readSlot(folder, 1, read)])
  return slots.filter((slot) => slot !== undefined).sort((a, b) => b.step - a.step)[0]
}

/** When the newest one was written, in milliseconds since 1970; 0 where there is none. */
export async function newestWritten(folder: string): Promise<number> {
  const slots = await Promise.all(snapshotNames.map((name) => statusOf(join(folder, name))))
  return Math.max(...slots.map((slot) => slot?.modified ?? 0))
}

/** Writes over the slot that is not the newest one's; gives its path and number. Throws MienError 'unwritable'. */
export async function writeSlot(
  folder: string,
  newest: 0 | 1 | undefined,
  bytes: Uint8Array,
): Promise<{ readonly path: string; readonly slot: 0 | 1 }> {
  const slot = newest === 0 ? 1 : 0
  const path = join(folder, snapshotNames[slot])
  await writeFileAtomic(path, bytes)
  return { path, slot }
}

/** Throws MienError 'bad-file' that says what is wrong with a snapshot, if there is one. */
export async function refuseDamaged(folder: string, read: SnapshotReader): Promise<void> {
  for (const name of snapshotNames) {
    const path = join(folder, name)
    if (await exists(path)) read(await readWholeFile(path, largestSnapshot), path)
  }
}

async function readSlot(
  folder: string,
  slot: 0 | 1,
  read: SnapshotReader,
): Promise<KeptSnapshot | undefined> {
  const name = snapshotNames[slot]
  try {
    const bytes = await readWholeFile(join(folder, name), largestSnapshot)
    return { slot, bytes, ...read(bytes, name) }
  } catch {
    return undefined
  }
}
