import { join } from 'node:path'
import { contactSheet, labelOf, type Panel } from '../../engine/picture/contact-sheet.ts'
import { exists, readWholeFile, writeFileAtomic } from '../host/files.ts'
import { runFiles } from '../runs/record/run-files.ts'
import { sharpCodec } from '../runtime/sharp-codec.ts'
import { batchFiles } from './batch-files.ts'
import type { JobEnd } from './run-job.ts'

const jobsAbreast = 2
const rows = 8

/** So many jobs are on a page of the contact sheets. */
export const jobsOnPage = jobsAbreast * rows

/** Of a picture on a sheet, in pixels of its longer side. */
const panelSide = 256

/** Of a picture that was written by Mien, in bytes. */
const largestPicture = 64 * 2 ** 20

const shown = ['look', 'landmarks', 'result'] as const

/**
 * Writes a page of look, landmarks and result of each job that has a result, and gives its path; undefined where none has. Throws
 * MienError 'unwritable'.
 */
export async function writeSheet(
  batchFolder: string,
  page: number,
  ends: readonly JobEnd[],
): Promise<string | undefined> {
  const panels: Panel[] = []
  for (const end of ends) panels.push(...(await panelsOf(end)))
  if (panels.length === 0) return undefined
  const path = join(batchFolder, batchFiles.sheet(page))
  const columns = Math.min(panels.length, shown.length * jobsAbreast)
  await writeFileAtomic(path, await sharpCodec.encodePng(contactSheet(panels, columns)))
  return path
}

/** None for a job whose pictures are not all there. */
async function panelsOf({ job, folder }: JobEnd): Promise<readonly Panel[]> {
  const paths = shown.map((file) => join(folder, runFiles[file]))
  if (!(await Promise.all(paths.map(exists))).every(Boolean)) return []
  return Promise.all(
    paths.map(async (path, i) => {
      const image = await sharpCodec.decode(await readWholeFile(path, largestPicture), path, panelSide)
      return { label: shown[i] === 'result' ? labelOf(job.name) : shown[i]!, image }
    }),
  )
}
