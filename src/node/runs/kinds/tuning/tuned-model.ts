import { basename, dirname, join } from 'node:path'
import { exists } from '../../../host/files.ts'
import { installedModels } from '../../../models/store.ts'
import { installTuned } from '../../../models/tuned.ts'
import { openRecord } from '../../record/record-file.ts'
import { runFiles } from '../../record/run-files.ts'
import type { RunMeans } from '../kind.ts'

/** Makes the generator that a run has tuned a model of the library, by the id of the run. Throws MienError 'unwritable'. */
export async function addTunedModel(
  folder: string,
  name: string,
  { library, project, installed }: Pick<RunMeans, 'library' | 'project' | 'installed'>,
): Promise<void> {
  await installTuned(library, join(folder, runFiles.generator), { id: basename(folder), name, project })
  installed()
}

/**
 * As `addTunedModel`, where the generator that a run asks for was tuned in its project and is not in the library: it was
 * removed, or the project comes from another machine.
 */
export async function requireTunedModel(
  runFolder: string,
  generator: string | undefined,
  means: Pick<RunMeans, 'library' | 'project' | 'installed'>,
): Promise<void> {
  if (generator === undefined) return
  const installed = await installedModels(means.library)
  if (installed.some(({ record }) => record.id === generator)) return
  const folder = join(dirname(runFolder), generator)
  if (!(await exists(join(folder, runFiles.generator)))) return
  const record = await openRecord(folder)
  if (record !== undefined) await addTunedModel(folder, record.now.name, means)
}
