import { join } from 'node:path'
import { statusOf, writeFileAtomic } from '../../files.ts'
import { sharpCodec } from '../../runtime/sharp-codec.ts'
import type { ModelFile } from '../../worker/protocol.ts'
import { npzBytes } from '../array-files.ts'
import { newestState, newestStateWritten } from '../recovery.ts'
import { runFiles } from '../run-folder.ts'
import type { AskEngine } from './short-jobs.ts'

/**
 * Whether a file of results is there and of the run's newest state: a run that went on, fell, and was stopped while it
 * waited to go on again still has those of its end before.
 */
export async function isOfNewestState(folder: string, name: string): Promise<boolean> {
  const file = await statusOf(join(folder, name))
  return file !== undefined && file.modified >= (await newestStateWritten(folder))
}

/**
 * Writes the picture, the latent and the noise of a run's newest snapshot as its results: a branch that was stopped
 * before its first own step has no others. Does nothing where there is no snapshot. Rejects with MienError.
 */
export async function writeSnapshotFiles(
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
