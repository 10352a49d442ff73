import { join } from 'node:path'
import * as v from 'valibot'
import { MienError } from '../../engine/errors.ts'
import { type CatalogueSet, catalogue as catalogueSchema } from '../../shared/catalogue.ts'
import { readWholeFile } from '../host/files.ts'
import { programFolder } from '../host/folders.ts'
import { asRecord, parseJson } from '../host/json-fields.ts'
import { type AddressRules, requireAllowed } from './address.ts'

/** What can be downloaded, and from where. */
export interface Catalogue {
  readonly sets: readonly CatalogueSet[]
  readonly rules: AddressRules
}

const largestCatalogue = 2 ** 20

/**
 * The catalogue that comes with Mien, or one of the user's own. Throws MienError 'unreadable-file', and 'bad-file' for one
 * that is not of the form or names an address that may not be fetched.
 */
export async function readCatalogue(own?: string): Promise<Catalogue> {
  const path = own ?? join(programFolder(), 'models', 'catalogue.json')
  const text = new TextDecoder().decode(await readWholeFile(path, largestCatalogue))
  return catalogueOf(text, path, own !== undefined)
}

/** The catalogue in a text. Throws MienError 'bad-file'. */
export function catalogueOf(text: string, path: string, own: boolean): Catalogue {
  const value = parseJson(text)
  if (value === undefined) {
    throw new MienError('bad-file', `${path} is no catalogue: it is not JSON in UTF-8.`, {
      file: path,
      hint: 'Look for a comma too many or a bracket that is missing.',
    })
  }
  const { success, output, issues } = v.safeParse(catalogueSchema, value)
  if (!success) {
    const where = placeIn(value, v.getDotPath(issues[0]))
    throw new MienError('bad-file', `${path} is no catalogue: "${where}" is missing or wrong.`, {
      file: path,
      name: where,
      hint: 'A catalogue is JSON as docs/formats.md describes it.',
    })
  }
  const addresses = output.flatMap(({ files }) => files.map(({ url }) => new URL(url)))
  const rules = { own, hosts: new Set(addresses.map(({ host }) => host)) }
  for (const address of addresses) requireAllowed(address, rules)
  return { sets: output, rules }
}

/** Where in a catalogue something is wrong, as its text has it: the schema sees a list of sets in each of the three forms. */
function placeIn(value: unknown, path: string | null): string {
  if (path === null || Array.isArray(value)) return path ?? 'sets'
  return asRecord(value)?.sets === undefined ? path.replace(/^0\.?/, '') : `sets.${path}`
}

/** The set of that id. Throws MienError 'download'. */
export function setNamed({ sets }: Catalogue, id: string): CatalogueSet {
  const found = sets.find((set) => set.id === id)
  if (found !== undefined) return found
  throw new MienError('download', `The catalogue has no set "${id}".`, {
    name: id,
    hint: sets.length === 0 ? 'It has none.' : `Its sets are ${sets.map((set) => set.id).join(', ')}.`,
  })
}
