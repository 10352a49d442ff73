import { MienError } from '../../../engine/errors.ts'
import type { RecordedChange } from '../../../engine/projection/changes.ts'
import { readSnapshot } from '../../../engine/projection/snapshot.ts'
import { readTuningSnapshot } from '../../../engine/projection/tuning-snapshot.ts'
import type { RunRecord } from '../record/record.ts'

/** What is to be known of a snapshot. Throws MienError 'bad-file' for one that is damaged. */
export type SnapshotReader = (
  bytes: Uint8Array,
  name: string,
) => {
  readonly step: number
  /** Made before it, the oldest first. */
  readonly changes: readonly RecordedChange[]
}

/** How the snapshots of each kind of run are read. */
export const snapshotReaders: Readonly<Record<RunRecord['kind'], SnapshotReader>> = {
  projection(bytes, name) {
    const { projection, changes } = readSnapshot(bytes, name)
    return { step: projection.step, changes }
  },
  tuning: (bytes, name) => ({ step: readTuningSnapshot(bytes, name).step, changes: [] }),
  // A film goes on from the frames that it has.
  film(_, name) {
    throw new MienError('bad-file', `${name} is no snapshot: films have none.`, { file: name })
  },
}
