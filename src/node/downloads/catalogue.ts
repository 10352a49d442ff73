import { join } from 'node:path'
import * as v from 'valibot'
import { MienError } from '../../engine/errors.ts'
import { type CatalogueSet, catalogue as catalogueSchema } from '../../shared/catalogue.ts'
import { readWholeFile } from '../host/files.ts'
import { programFolder } from '../host/folders.ts'
import { parseJson } from '../host/json-fields.ts'
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
  const { success, output, issues } = v.safeParse(catalogueSchema, parseJson(text))
  if (!success) {
    const where = v.getDotPath(issues[0]) ?? 'sets'
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

/** The set of that id. Throws MienError 'download'. */
export function setNamed({ sets }: Catalogue, id: string): CatalogueSet {
  const found = sets.find((set) => set.id === id)
  if (found !== undefined) return found
  throw new MienError('download', `The catalogue has no set "${id}".`, {
    name: id,
    hint: `Its sets are ${sets.map((set) => set.id).join(', ')}.`,
  })
}
