import * as v from 'valibot'
import { MienError } from '../../engine/errors.ts'
import { id as idSchema } from '../../shared/fields.ts'
import { entriesIn } from '../host/files.ts'
import { insidePath, projectFiles, runPath } from './project-paths.ts'

export interface SoundRuns {
  /** Ids of runs whose folders hold no link. */
  readonly ids: readonly string[]
  /** A sentence for each other one. */
  readonly damage: readonly string[]
}

/** The runs of a project, as far as their folders can be used. Throws MienError 'unreadable-file'. */
export async function soundRuns(folder: string): Promise<SoundRuns> {
  const ids: string[] = []
  const damage: string[] = []
  const unlessLinked = async (work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof MienError) || error.code !== 'bad-file') throw error
      damage.push(error.message)
    }
  }
  await unlessLinked(async () => {
    const entries = await entriesIn(await insidePath(folder, projectFiles.runs))
    for (const { name: id, kind } of entries) {
      if (kind === 'file' || !v.is(idSchema, id)) continue
      await unlessLinked(async () => {
        await runPath(folder, id)
        ids.push(id)
      })
    }
  })
  return { ids, damage }
}
