import { join } from 'node:path'
import { readTextIfAny, removeFile, writeFileAtomic } from '../../host/files.ts'
import { parseJson } from '../../host/json-fields.ts'
import { serial } from '../../host/serial.ts'
import { readMetrics } from './metrics.ts'
import { migratedRecord, outdatedFiles, readOldRecords } from './migration.ts'
import { parseRecord, type RunRecord } from './record.ts'
import { runFiles } from './run-files.ts'

/** The record of a run in memory, and its file, which follows. */
export interface RecordFile {
  /** Of the run. */
  readonly folder: string
  readonly now: RunRecord
  /** Changes it in memory. */
  change(edit: (record: RunRecord) => RunRecord): void
  /** Writes it as it is when its turn comes, whole or not at all. Rejects with MienError 'unwritable'. */
  save(): Promise<void>
  /** Once all that was to be written is written or has failed. */
  idle(): Promise<void>
  /** Writes nothing any more. */
  leave(): void
}

/**
 * @param inTurn lets a writing happen, or not; the folder may have been given to another program by then
 * @param outdated what an older Mien kept in other files, which go once the record is written
 */
export function recordFile(
  folder: string,
  record: RunRecord,
  inTurn: (write: () => Promise<void>) => Promise<void> = (write) => write(),
  outdated: readonly string[] = [],
): RecordFile {
  const turns = serial()
  const path = join(folder, runFiles.record)
  let now = record
  let waiting: Promise<void> | undefined
  let left = false
  let old = outdated
  async function write(): Promise<void> {
    await writeFileAtomic(path, `${JSON.stringify(now, null, 2)}\n`)
    for (const name of old) await removeFile(join(folder, name)).catch(() => undefined)
    old = []
  }
  return {
    folder,
    get now() {
      return now
    },
    change(edit) {
      now = edit(now)
    },
    save() {
      waiting ??= turns(async () => {
        waiting = undefined
        if (!left) await inTurn(write)
      })
      return waiting
    },
    idle: () => turns(() => undefined),
    leave() {
      left = true
    },
  }
}

/**
 * The record of the run in a folder, of whatever state; undefined where there is none. Throws MienError 'bad-file' for one
 * that is damaged.
 */
export async function openRecord(
  folder: string,
  inTurn?: (write: () => Promise<void>) => Promise<void>,
): Promise<RecordFile | undefined> {
  const path = join(folder, runFiles.record)
  const text = await readTextIfAny(path)
  const fields = text === undefined ? undefined : parseJson(text)
  const old = await readOldRecords(folder, fields)
  if (old === undefined) {
    return text === undefined ? undefined : recordFile(folder, parseRecord(fields, path), inTurn)
  }
  const migrated = migratedRecord(old, folder, (await readMetrics(folder, 0, 2)).at(-1))
  return recordFile(folder, parseRecord(migrated, path), inTurn, outdatedFiles)
}
