import { extname } from 'node:path'
import { CsvError, parse } from 'csv-parse/sync'
import { MienError } from '../../engine/errors.ts'
import { readWholeFile } from '../host/files.ts'
import { asRecord, parseJson } from '../host/json-fields.ts'

/** A row of a table of jobs: what is given for each column; a column that is left empty is not there. */
export interface JobRow {
  /** Of the file, where the row begins; from 1. */
  readonly line: number
  readonly cells: ReadonlyMap<string, string>
}

/** What is wrong with a row, or with the head of the table. */
export interface RowFault {
  readonly line: number
  /** Absent where the whole row is wrong. */
  readonly column?: string
  /** A sentence. */
  readonly message: string
}

export interface JobRows {
  readonly rows: readonly JobRow[]
  readonly faults: readonly RowFault[]
}

/** The endings of the files that are read, each with its reader. */
const readers: Readonly<Record<string, (text: string, columns: ReadonlySet<string>) => JobRows>> = {
  '.csv': csvRows,
  '.jsonl': jsonRows,
  '.ndjson': jsonRows,
}

/** Of a table, in bytes: half a million rows of a hundred characters. */
const largestTable = 64 * 2 ** 20

/**
 * The rows of a table of jobs, a CSV file with a line of names first or a file of JSON lines, and all that is wrong with them.
 *
 * @param columns that there may be
 * @throws MienError 'unreadable-file'; 'wrong-use' for another kind of file
 */
export async function readJobRows(path: string, columns: ReadonlySet<string>): Promise<JobRows> {
  const read = readers[extname(path).toLowerCase()]
  if (read === undefined) {
    throw new MienError('wrong-use', `${path} is no table of jobs.`, {
      file: path,
      hint: 'Give a file that ends in .csv, .jsonl or .ndjson.',
    })
  }
  return read(new TextDecoder().decode(await readWholeFile(path, largestTable)), columns)
}

/** What tells a row from all others: everything that it gives. */
export function givenBy({ cells }: JobRow): string {
  return JSON.stringify([...cells].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** All that is wrong with a table, a line each. */
export function wrongRows(path: string, faults: readonly RowFault[]): MienError {
  const lines = [...faults]
    .sort((a, b) => a.line - b.line)
    .map(
      ({ line, column, message }) =>
        `  line ${line}${column === undefined ? '' : `, column ${column}`}: ${message}`,
    )
  return new MienError(
    'bad-file',
    [`${path} has rows that are wrong; nothing was started.`, ...lines].join('\n'),
    {
      file: path,
    },
  )
}

/** The text of a CSV file as rows. */
export function csvRows(text: string, columns: ReadonlySet<string>): JobRows {
  let records: readonly CsvRecord[]
  try {
    records = parse(text, {
      delimiter: delimiterOf(text),
      bom: true,
      trim: true,
      info: true,
      raw: true,
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as readonly CsvRecord[]
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    return { rows: [], faults: [{ line: Number(error.lines), message: quoteFault }] }
  }
  const [head, ...body] = records
  const names = head?.record ?? []
  const faults = headFaults(names, columns, head === undefined ? 1 : lineOf(head))
  const rows = body.map((record) => {
    const line = lineOf(record)
    const { length } = record.record
    if (length !== names.length) {
      faults.push({
        line,
        message: `It has ${counted(length, 'cell')}; the table has ${counted(names.length, 'column')}.`,
      })
    }
    const cells = names.map((name, i) => [name, record.record[i] ?? ''] as const)
    return { line, cells: new Map(cells.filter(([name, cell]) => cell !== '' && columns.has(name))) }
  })
  faults.push(
    ...rowFaults(
      rows,
      needed.filter((name) => names.includes(name)),
    ),
  )
  return { rows, faults }
}

interface CsvRecord {
  readonly record: readonly string[]
  /** As it was written, with empty lines before it. */
  readonly raw: string
  /** The line on which it ends. */
  readonly info: { readonly lines: number }
}

const quoteFault =
  'A quotation mark is out of place: cells with commas are written "a,b", quotation marks in them twice.'

/** Spreadsheets of some countries put semicolons; no name of a column holds one of these. */
function delimiterOf(text: string): string {
  const [head = ''] = text.split('\n', 1)
  return [';', '\t'].find((mark) => head.includes(mark) && !head.includes(',')) ?? ','
}

function lineOf({ raw, info }: CsvRecord): number {
  return info.lines - (raw.trim().split('\n').length - 1)
}

function headFaults(names: readonly string[], columns: ReadonlySet<string>, line: number): RowFault[] {
  const unknown = new Set(names.filter((name) => !columns.has(name)))
  const twice = new Set(names.filter((name, i) => columns.has(name) && names.indexOf(name) !== i))
  return [
    ...needed.filter((name) => !names.includes(name)).map((column) => ({ line, column, message: missing })),
    ...[...unknown].map((column) => ({ line, column, message: unknownColumn })),
    ...[...twice].map((column) => ({ line, column, message: 'It is there twice.' })),
  ]
}

/** Rows without a picture, and rows that give the same as one before. */
function rowFaults(rows: readonly JobRow[], columns: readonly string[]): RowFault[] {
  const lines = new Map<string, number>()
  return rows.flatMap((row) => {
    const { line, cells } = row
    const given = givenBy(row)
    const before = lines.get(given)
    lines.set(given, before ?? line)
    return [
      ...columns.filter((name) => !cells.has(name)).map((column) => ({ line, column, message: missing })),
      ...(before === undefined ? [] : [{ line, message: `It asks for the same as line ${before}.` }]),
    ]
  })
}

/** What no job is without. */
const needed = ['look', 'landmarks']

const missing = 'It is missing.'
const unknownColumn = 'There is no such setting.'

/** The text of a file of JSON lines as rows. */
export function jsonRows(text: string, columns: ReadonlySet<string>): JobRows {
  const faults: RowFault[] = []
  const rows = text
    .replace(/^\ufeff/, '')
    .split('\n')
    .flatMap((json, i) => {
      const line = i + 1
      if (json.trim() === '') return []
      const fields = asRecord(parseJson(json))
      if (fields === undefined) {
        faults.push({ line, message: 'It is no JSON object.' })
        return []
      }
      const cells = Object.entries(fields).flatMap(([column, value]) => {
        const cell = cellOf(value)
        if (!columns.has(column)) faults.push({ line, column, message: unknownColumn })
        else if (cell === undefined) {
          faults.push({ line, column, message: 'Give a text, a number, true, false or null.' })
        } else if (cell !== '') return [[column, cell] as const]
        return []
      })
      return [{ line, cells: new Map(cells) }]
    })
  return { rows, faults: [...faults, ...rowFaults(rows, needed)] }
}

/** '' for what is not given, undefined for what stands in no cell. */
function cellOf(value: unknown): string | undefined {
  if (value === null) return ''
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value).trim() : undefined
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
