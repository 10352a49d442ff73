import { join } from 'node:path'
import { exists } from '../host/files.ts'
import { batchFiles } from './batch-files.ts'
import { linesOf } from './report.ts'
import type { JobEnd } from './run-job.ts'
import { jobsOnPage, writeSheet } from './sheets.ts'

/**
 * Writes the pages of contact sheets that are not there yet, or show jobs of which the table says something else than before, and gives
 * the paths of all. Throws MienError 'unwritable'.
 *
 * @param before the table of the last time, if there was one
 */
export async function writeSheets(
  batchFolder: string,
  ends: readonly JobEnd[],
  before: string | undefined,
): Promise<readonly string[]> {
  const earlier = onPages(before?.split('\r\n').slice(1, -1) ?? [])
  const now = onPages(linesOf(ends))
  const sheets: string[] = []
  for (const [i, shown] of onPages(ends).entries()) {
    const page = i + 1
    const path = join(batchFolder, batchFiles.sheet(page))
    const isDrawn = earlier[i]?.join() === now[i]!.join() && (await exists(path))
    const sheet = isDrawn ? path : await writeSheet(batchFolder, page, shown)
    if (sheet !== undefined) sheets.push(sheet)
  }
  return sheets
}

function onPages<T>(items: readonly T[]): readonly (readonly T[])[] {
  const pages = Math.ceil(items.length / jobsOnPage)
  return Array.from({ length: pages }, (_, i) => items.slice(i * jobsOnPage, (i + 1) * jobsOnPage))
}
