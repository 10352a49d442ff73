import { join, resolve } from 'node:path'
import { termNames } from '../../engine/projection/terms.ts'
import { sentencesOf } from '../../shared/failure.ts'
import { writeFileAtomic } from '../host/files.ts'
import { batchFiles } from './batch-files.ts'
import type { JobEnd } from './run-job.ts'

type Cell = string | number | null | undefined

const columns: readonly (readonly [name: string, cell: (end: JobEnd) => Cell])[] = [
  ['name', ({ job }) => job.name],
  ['state', ({ state }) => state],
  ['look', ({ job }) => resolve(job.look.path)],
  ['landmarks', ({ job }) => resolve(job.landmarks.path)],
  ['folder', ({ folder }) => resolve(folder)],
  ['steps', ({ facts }) => facts?.step],
  ['loss', ({ facts }) => facts?.terms?.loss],
  // The distance of the faces has a column of its own.
  ...termNames.map((name) => {
    const column = name === 'identity' ? 'identityTerm' : name
    return [column, ({ facts }: JobEnd) => facts?.terms?.[name]] as const
  }),
  ['identity', ({ facts }) => facts?.identity],
  ['photograph', ({ facts }) => facts?.likeness?.identity],
  ['stretch', ({ facts }) => facts?.likeness?.stretch],
  ['warnings', ({ facts }) => facts?.likeness?.warnings.join(' ')],
  ['seconds', ({ facts }) => facts?.seconds],
  ['device', ({ facts }) => facts?.device],
  ['reason', ({ failure }) => failure && sentencesOf(failure)],
]

/** Writes the table of a batch, a line for each job, and gives its path. Throws MienError 'unwritable'. */
export async function writeTable(batchFolder: string, ends: readonly JobEnd[]): Promise<string> {
  const path = join(batchFolder, batchFiles.table)
  await writeFileAtomic(path, tableOf(ends))
  return path
}

/** The text of that table, as RFC 4180 has it. */
export function tableOf(ends: readonly JobEnd[]): string {
  const head = columns.map(([name]) => name).join(',')
  return [head, ...linesOf(ends)].map((line) => `${line}\r\n`).join('')
}

/** The lines of the table below its head. */
export function linesOf(ends: readonly JobEnd[]): readonly string[] {
  return ends.map((end) => columns.map(([, cell]) => cellText(cell(end))).join(','))
}

function cellText(cell: Cell): string {
  if (typeof cell !== 'string') return cell === null || cell === undefined ? '' : String(cell)
  // A spreadsheet would compute what begins so.
  const text = /^[-=+@\t\r]/.test(cell) ? `'${cell}` : cell
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
