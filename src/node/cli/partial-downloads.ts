import { join } from 'node:path'
import { MienError } from '../../engine/errors.ts'
import type { Catalogue } from '../downloads/catalogue.ts'
import { downloadsFolder } from '../downloads/download-set.ts'
import { forgetPartials, listPartials, type Partial } from '../downloads/partials.ts'
import { dataFolder } from '../host/folders.ts'
import { megabytes } from './model-lines.ts'
import type { Terminal } from './terminal.ts'

/** Lists what came of files that are no models yet. Throws as `partialsOf` does. */
export async function tellPartials(
  of: string | undefined,
  catalogue: Catalogue,
  json: boolean,
  terminal: Terminal,
): Promise<void> {
  const downloads = downloadsFolder(dataFolder())
  const partials = await partialsOf(of, catalogue, downloads)
  if (json) return terminal.print(JSON.stringify({ downloads, partials }))
  for (const partial of partials) terminal.print(partialLine(partial, downloads))
}

/** Removes what came of a file, or of those of a set. Throws as `partialsOf` and `forgetPartials` do. */
export async function removePartials(
  of: string,
  catalogue: Catalogue,
  json: boolean,
  terminal: Terminal,
): Promise<void> {
  const downloads = downloadsFolder(dataFolder())
  const removed = await partialsOf(of, catalogue, downloads)
  await forgetPartials(downloads, removed)
  if (json) return terminal.print(JSON.stringify({ removed }))
  for (const { name, held } of removed) terminal.print(`${name}: ${megabytes(held)} were removed.`)
}

/** How much of a file is there, and where. */
export function partialLine({ id, name, held, bytes }: Partial, downloads: string): string {
  const of = bytes === null ? '' : ` of ${megabytes(bytes)}`
  return `${name}: ${megabytes(held)}${of} are here, in ${join(downloads, id)}`
}

/**
 * What came of the files of a set, by its id, or of a file, by its name or the name of its folder; of all where nothing is named.
 * Throws MienError 'download' for a name that is none of these.
 */
async function partialsOf(
  of: string | undefined,
  { sets }: Catalogue,
  downloads: string,
): Promise<readonly Partial[]> {
  const all = await listPartials(downloads)
  if (of === undefined) return all
  const set = sets.find(({ id }) => id === of)
  const found = all.filter(({ id, name, url }) =>
    set === undefined ? [id, name].includes(of) : set.files.some((file) => file.url === url),
  )
  if (set !== undefined || found.length > 0) return found
  throw new MienError('download', `Nothing came of "${of}" so far, and the catalogue has no such set.`, {
    name: of,
    hint: '"mien download --partial" lists what came.',
  })
}
