import { join } from 'node:path'
import { writeFileAtomic } from '../../files.ts'
import { sharpCodec } from '../../runtime/sharp-codec.ts'
import type { ModelFile } from '../../worker/protocol.ts'
import { npzBytes } from '../array-files.ts'
import { newestState } from '../recovery.ts'
import { runFiles } from '../run-folder.ts'
import type { AskEngine } from './short-jobs.ts'

/**
 * Writes the picture, the latent and the noise of a run's newest snapshot as its results: a branch that was stopped
 * before its first own step has no others, nor has a run that was stopped while it waited to go on. Does nothing where
 * there is no snapshot. Rejects with MienError.
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
