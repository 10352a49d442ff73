import { join } from 'node:path'
import * as v from 'valibot'
import { id, landmarkPoints, sha256, title } from '../../../shared/fields.ts'
import { type Run, run } from '../../../shared/run.ts'
import { setup } from '../../../shared/setup.ts'
import type { AlignmentChoice } from '../../engine/protocol.ts'
import { readTextIfAny, writeFileAtomic } from '../../host/files.ts'
import { parseJson } from '../../host/json-fields.ts'
import { asAlignment } from './pictures.ts'

/** A picture of the project as a run was given it: what it shows, and how it was cut out then. */
const usedPicture = v.strictObject({
  id,
  name: title,
  sha256,
  alignment: v.custom<AlignmentChoice>((value) => asAlignment(value) !== undefined),
})
export type UsedPicture = v.InferOutput<typeof usedPicture>

const { project: _, stage: __, secondsLeft: ___, stepsPerSecond: ____, ...lasting } = run.entries

/** What the studio keeps of a run beside the run's own files: what lists and the queue need to know. */
const runRecord = v.strictObject({
  version: v.literal(1),
  ...lasting,
  /** What was asked for at first; `setup` has the changes since. */
  asked: setup,
  /** All that it was given, the newest last. */
  pictures: v.array(usedPicture),
  /** Landmarks as fractions of the square, where they are known. */
  points: v.strictObject({
    look: v.nullable(landmarkPoints),
    landmarks: v.nullable(landmarkPoints),
    result: v.nullable(landmarkPoints),
  }),
})
export type RunRecord = v.InferOutput<typeof runRecord>

/** What is told of a run while it computes, and forgotten with the program. */
export type Passing = Pick<Run, 'secondsLeft' | 'stepsPerSecond'> & { readonly stage?: Run['stage'] }

export const idle: Passing = { secondsLeft: null, stepsPerSecond: null }

/** The run as the window knows it. */
export function runOf(project: string, record: RunRecord, { stage, ...passing }: Passing = idle): Run {
  const { version: _version, asked: _asked, pictures: _pictures, points: _points, ...shown } = record
  return { ...shown, project, ...passing, ...(stage !== undefined && { stage }) }
}

/** A run that was asked for and waits for its turn. */
export function newRecord(
  given: Pick<RunRecord, 'id' | 'name' | 'naming' | 'setup' | 'pictures' | 'parent' | 'batch'>,
  now: number,
): RunRecord {
  return {
    version: 1,
    ...given,
    asked: given.setup,
    created: now,
    state: 'queued',
    step: given.parent?.step ?? 0,
    steps: null,
    device: null,
    terms: null,
    identity: null,
    failure: null,
    notices: [],
    points: { look: null, landmarks: null, result: null },
  }
}

const mostNotices = 20

/** The record with one more sentence for the user. */
export function withNotice(record: RunRecord, sentence: string): RunRecord {
  return { ...record, notices: [...record.notices, sentence.slice(0, 2000)].slice(-mostNotices) }
}

const recordFile = 'card.json'

/** The record in the folder of a run; undefined where it is missing or damaged. */
export async function readRecord(folder: string): Promise<RunRecord | undefined> {
  const text = await readTextIfAny(join(folder, recordFile))
  const parsed = v.safeParse(runRecord, text === undefined ? undefined : parseJson(text))
  return parsed.success ? parsed.output : undefined
}

/** Throws MienError 'unwritable'. */
export async function writeRecord(folder: string, record: RunRecord): Promise<void> {
  await writeFileAtomic(join(folder, recordFile), `${JSON.stringify(record)}\n`)
}
