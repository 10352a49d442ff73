import { dirname, isAbsolute, join } from 'node:path'
import type { Option } from 'commander'
import { MienError } from '../../engine/errors.ts'
import { sentencesOf } from '../../shared/failure.ts'
import type { Job } from '../batch/job.ts'
import { jobNames } from '../batch/job-names.ts'
import { givenBy, type JobRow, type RowFault, readJobRows, wrongRows } from '../batch/job-rows.ts'
import { type Pairing, pairsOf } from '../batch/pairs.ts'
import { picturePaths } from '../batch/picture-paths.ts'
import { requireFile } from '../host/files.ts'
import type { LatentForm } from './latent-forms.ts'
import { type AlignmentOptions, alignmentOf, faceChoicesOf } from './options.ts'
import { type ProjectionOptions, projectionOf } from './projection-options.ts'
import { columnOf, jobColumns, readRowSettings } from './row-settings.ts'

/** What may be set for each job. */
export type JobOptions = AlignmentOptions & ProjectionOptions

/** A job, and the form in which its latent is written besides. */
export type ListedJob = Job & { readonly latentFormat?: LatentForm }

/** The jobs of two lists of pictures. Throws MienError for what cannot be a job, before anything is started. */
export async function jobsOfPictures(
  given: {
    readonly looks: string
    readonly landmarks: string
    readonly pairs: Pairing
    readonly out: string
  },
  options: JobOptions,
): Promise<readonly ListedJob[]> {
  const looks = await picturePaths(given.looks, given.out)
  const landmarks = await picturePaths(given.landmarks, given.out)
  const pairs = pairsOf(looks, landmarks, given.pairs)
  const names = jobNames(pairs.map((pair) => ({ ...pair, given: JSON.stringify(pair) })))
  const prepare = preparation()
  const jobs: ListedJob[] = []
  for (const [i, pair] of pairs.entries()) jobs.push({ name: names[i]!, ...(await prepare(pair, options)) })
  return jobs
}

/**
 * The jobs of a table, a row each.
 *
 * @param flags what holds for all rows that do not say otherwise
 * @param settings that there are columns for
 * @throws MienError 'bad-file' that names every wrong row
 */
export async function jobsOfTable(
  path: string,
  flags: JobOptions,
  settings: readonly Option[],
): Promise<readonly ListedJob[]> {
  const columns = new Set<string>([...jobColumns, ...settings.map(columnOf)])
  const { rows, faults } = await readJobRows(path, columns)
  const prepare = preparation()
  const found = [...faults]
  const jobs: Omit<ListedJob, 'name'>[] = []
  for (const row of rows) {
    const own = await readRowSettings(path, row, settings)
    const pair = picturesOf(path, row)
    const before = found.length
    found.push(...own.faults, ...(await missingPictures(row.line, pair)))
    if (found.length > before || pair.look === undefined || pair.landmarks === undefined) continue
    try {
      jobs.push(await prepare({ look: pair.look, landmarks: pair.landmarks }, { ...flags, ...own.settings }))
    } catch (error) {
      if (!(error instanceof MienError)) throw error
      found.push({ line: row.line, message: sentencesOf(error) })
    }
  }
  if (found.length > 0) throw wrongRows(path, found)
  if (jobs.length === 0) throw new MienError('bad-file', `${path} holds no job.`, { file: path })
  const names = jobNames(
    rows.map((row) => {
      const [look = '', landmarks = '', name] = jobColumns.map((column) => row.cells.get(column))
      return { look, landmarks, given: givenBy(row), ...(name !== undefined && { name }) }
    }),
  )
  return jobs.map((job, i) => ({ ...job, name: names[i]! }))
}

type RowPictures = Readonly<Partial<Record<'look' | 'landmarks', string>>>

/** The paths of the two pictures from where the command runs. */
function picturesOf(tablePath: string, { cells }: JobRow): RowPictures {
  const given = (['look', 'landmarks'] as const).flatMap((column) => {
    const cell = cells.get(column)
    return cell === undefined ? [] : [[column, isAbsolute(cell) ? cell : join(dirname(tablePath), cell)]]
  })
  return Object.fromEntries(given)
}

async function missingPictures(line: number, pictures: RowPictures): Promise<readonly RowFault[]> {
  const faults: RowFault[] = []
  for (const [column, path] of Object.entries(pictures)) {
    await requireFile(path).catch((error: unknown) => {
      if (!(error instanceof MienError)) throw error
      faults.push({ line, column, message: error.message })
    })
  }
  return faults
}

/** Prepares jobs; what several have in common is looked up once. */
function preparation() {
  const orders = new Map<string, Promise<Job['order']>>()
  return async (
    { look, landmarks }: { readonly look: string; readonly landmarks: string },
    options: JobOptions,
  ): Promise<Omit<ListedJob, 'name'>> => {
    const choices = faceChoicesOf(options)
    const { latentFormat } = options
    const key = JSON.stringify(options)
    const known = orders.get(key) ?? projectionOf(options)
    orders.set(key, known)
    const order = await known
    return {
      look: { path: look, alignment: await alignmentOf(look, choices.look) },
      landmarks: { path: landmarks, alignment: await alignmentOf(landmarks, choices.landmarks) },
      order,
      ...(latentFormat && { latentFormat }),
    }
  }
}
