import * as v from 'valibot'
import { MienError } from '../../../engine/errors.ts'
import type { Failure } from '../../../shared/failure.ts'
import { type Run, run } from '../../../shared/run.ts'
import { asCount, asRecord } from '../../host/json-fields.ts'
import { projectionPart } from '../kinds/projection/record.ts'
import { attempt } from './attempts.ts'

/** Version of the form of the record; `migration.ts` leads older ones to it. */
export const recordVersion = 2

const {
  project: _,
  stage: __,
  filming: _______,
  secondsLeft: ___,
  stepsPerSecond: ____,
  fixed: _____,
  kind: ______,
  ...lasting
} = run.entries

/** All that is written down about a run, beside its pictures, its metrics and the states that it goes on from. */
const runRecord = v.object({
  version: v.literal(recordVersion),
  ...lasting,
  ...projectionPart,
  /** Whether it has kept what it takes to go on. */
  resumable: v.boolean(),
  /** Engine processes that worked on it, the last one last. */
  attempts: v.pipe(v.array(attempt), v.readonly()),
})
export type RunRecord = v.InferOutput<typeof runRecord>

/** What is told of a run while it computes, and forgotten with the program. */
export type Passing = Pick<Run, 'secondsLeft' | 'stepsPerSecond' | 'stage' | 'filming'>

export const idle: Passing = { secondsLeft: null, stepsPerSecond: null }

/** The run as the window knows it. */
export function runOf(project: string, record: RunRecord, { stage, ...passing }: Passing = idle): Run {
  const { version: _version, kind, asked: _asked, pictures: _pictures, ...rest } = record
  const { points: _points, order, lesson: _lesson, film: _film, filmed: _filmed, ...others } = rest
  const { result: _result, attempts: _attempts, resumable: _resumable, ...shown } = others
  const fixed = kind !== 'projection' || (order !== null && order.settings.live !== true)
  return {
    ...shown,
    project,
    ...passing,
    ...(kind !== 'projection' && { kind }),
    ...(fixed && { fixed }),
  }
}

/** A run that was asked for and waits for its turn. */
export function newRecord(
  given: Pick<RunRecord, 'id' | 'name' | 'naming' | 'setup' | 'pictures' | 'parent' | 'batch'>,
  now: number,
): RunRecord {
  return {
    version: recordVersion,
    kind: 'projection',
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
    order: null,
    result: null,
    resumable: false,
    attempts: [],
  }
}

const mostNotices = 20

/** The record with one more sentence for the user. */
export function withNotice(record: RunRecord, sentence: string): RunRecord {
  return { ...record, notices: [...record.notices, sentence.slice(0, 2000)].slice(-mostNotices) }
}

export function failureOf(error: unknown): Failure {
  if (error instanceof MienError) {
    const { code, message, hint = null } = error
    return { code, message, hint }
  }
  return { code: 'unexpected', message: error instanceof Error ? error.message : String(error), hint: null }
}

/** Throws MienError 'bad-file' that names the field that is missing or wrong. */
export function parseRecord(fields: unknown, path: string): RunRecord {
  const parsed = v.safeParse(runRecord, fields)
  if (parsed.success) return parsed.output
  const version = asCount(asRecord(fields)?.version) ?? 0
  if (version > recordVersion) {
    throw new MienError('bad-file', `${path} was written by a newer Mien.`, {
      file: path,
      hint: 'Open it with that Mien.',
    })
  }
  const field = v.getDotPath(parsed.issues[0]) ?? '{'
  throw new MienError('bad-file', `${path} does not describe a run: "${field}" is missing or wrong.`, {
    file: path,
    name: field,
    hint: 'Start the run anew.',
  })
}
