import { join } from 'node:path'
import * as v from 'valibot'
import { type MetricsRow, metricsRow } from '../../../shared/run.ts'
import { evenly } from '../../host/evenly.ts'
import { readTextIfAny, writeFileAtomic } from '../../host/files.ts'
import { parseJson } from '../../host/json-fields.ts'
import { runFiles } from './run-files.ts'

/** A chart shows no more. */
const mostRows = 2000

/** The metrics of a run from a step on, spread evenly where there are too many, the last one always among them. */
export async function readMetrics(
  runFolder: string,
  from: number,
  most = mostRows,
): Promise<readonly MetricsRow[]> {
  const text = (await readTextIfAny(join(runFolder, runFiles.metrics))) ?? ''
  // A kill may have cut the last line; what follows the last end of a line is none.
  const lines = text.split('\n').slice(0, -1)
  const asked = lines.filter((line) => stepOf(line) >= from)
  return evenly(asked, most).flatMap((line) => {
    const row = v.safeParse(metricsRow, parseJson(line))
    return row.success ? [row.output] : []
  })
}

/** Without reading the whole line: a long run has a million. */
function stepOf(line: string): number {
  return Number.parseInt(line.slice('{"step":'.length), 10)
}

/** Gives a branch the metrics up to the step that it begins from. Throws MienError 'unwritable'. */
export async function copyMetrics(from: string, to: string, step: number): Promise<void> {
  const text = (await readTextIfAny(join(from, runFiles.metrics))) ?? ''
  const lines = text.split('\n').filter((line) => stepOf(line) <= step)
  await writeFileAtomic(join(to, runFiles.metrics), lines.map((line) => `${line}\n`).join(''))
}
