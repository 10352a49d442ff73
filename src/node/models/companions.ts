import { join } from 'node:path'
import { readWholeFile, writeFileAtomic } from '../host/files.ts'
import { installedModels, largestRecord } from './store.ts'

/**
 * Notes in the records of the generators among these models that the others came with them, so that whoever chooses one of
 * them searches with the networks of its set. Throws MienError 'unwritable'.
 */
export async function noteCompanions(library: string, ids: readonly string[]): Promise<void> {
  const set = (await installedModels(library)).filter(({ record }) => ids.includes(record.id))
  const companions = set.flatMap(({ record }) => (record.files.generator === undefined ? [record.id] : []))
  for (const { record, folder } of set) {
    const isKnown = JSON.stringify(record.companions ?? []) === JSON.stringify(companions)
    if (record.files.generator === undefined || isKnown) continue
    const path = join(folder, 'model.json')
    const kept = JSON.parse(new TextDecoder().decode(await readWholeFile(path, largestRecord)))
    await writeFileAtomic(path, `${JSON.stringify({ ...kept, companions }, null, 2)}\n`)
  }
}
