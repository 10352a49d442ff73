import { join } from 'node:path'
import type { Run } from '../../shared/run.ts'
import type { AskEngine } from '../engine/short-jobs.ts'
import { npzBytes } from '../host/array-files.ts'
import { statusOf, writeFileAtomic } from '../host/files.ts'
import type { ModelFile } from '../models/files.ts'
import { modelOf } from '../models/resolve.ts'
import type { ProjectStore } from '../projects/project-store.ts'
import { runFiles } from '../runs/record/run-files.ts'
import { newestState, newestStateWritten } from '../runs/recovery.ts'
import { sharpCodec } from '../runtime/sharp-codec.ts'

/**
 * Whether a file of results is there and of the run's newest state: a run that went on, fell, and was stopped while it
 * waited to go on again still has those of its end before.
 */
async function isOfNewestState(folder: string, name: string): Promise<boolean> {
  const file = await statusOf(join(folder, name))
  return file !== undefined && file.modified >= (await newestStateWritten(folder))
}

export interface SnapshotFileNeeds {
  readonly projects: Pick<ProjectStore, 'owned'>
  readonly askEngine: AskEngine
  /** The folder of imported models. */
  readonly library: string
}

/** Makes sure that a file of results is there, where it can be, and is of the run's newest state. Rejects with MienError. */
export async function bringUpToDate(
  { projects, askEngine, library }: SnapshotFileNeeds,
  { project, setup }: Pick<Run, 'project' | 'setup'>,
  folder: string,
  name: string,
): Promise<void> {
  if (await isOfNewestState(folder, name)) return
  const generator = await modelOf('generator', setup, library)
  await projects.owned(project, () => writeSnapshotFiles(folder, generator, askEngine))
}

/**
 * Writes the picture, the latent and the noise of a run's newest snapshot as its results: a branch that was stopped
 * before its first own step has no others. Does nothing where there is no snapshot. Rejects with MienError.
 */
async function writeSnapshotFiles(
  folder: string,
  generator: readonly ModelFile[],
  askEngine: AskEngine,
): Promise<void> {
  const state = await newestState(folder)
  if (state === undefined) return
  const { latent, noise, image } = await askEngine('snapshot-result', { generator, snapshot: state.bytes })
  await writeFileAtomic(join(folder, runFiles.noise), npzBytes(noise))
  await writeFileAtomic(join(folder, runFiles.latent), npzBytes({ w: latent }))
  await writeFileAtomic(join(folder, runFiles.result), await sharpCodec.encodePng(image))
}
