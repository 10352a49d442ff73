import { join } from 'node:path'
import type { CatalogueSet } from '../../shared/catalogue.ts'
import { readWholeFile, writeFileAtomic } from '../host/files.ts'
import { installedModels, largestRecord } from './store.ts'

/**
 * Notes in the records of a set's generators what the set is called and which other models came with it, so that whoever
 * chooses one finds it by that name and searches with the networks of its set. Throws MienError 'unwritable'.
 *
 * @param ids of all models of the set
 */
export async function noteSet(
  library: string,
  { name }: Pick<CatalogueSet, 'name'>,
  ids: readonly string[],
): Promise<void> {
  const set = (await installedModels(library)).filter(({ record }) => ids.includes(record.id))
  const generators = set.filter(({ record }) => record.files.generator !== undefined)
  const companions = set.filter((model) => !generators.includes(model)).map(({ record }) => record.id)
  for (const { record, folder } of generators) {
    if (record.name === name && record.companions?.join() === companions.join()) continue
    const path = join(folder, 'model.json')
    const kept = JSON.parse(new TextDecoder().decode(await readWholeFile(path, largestRecord)))
    await writeFileAtomic(path, `${JSON.stringify({ ...kept, name, companions }, null, 2)}\n`)
  }
}
