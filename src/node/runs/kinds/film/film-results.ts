import { join } from 'node:path'
import { npzBytes } from '../../../host/array-files.ts'
import { writeFileAtomic } from '../../../host/files.ts'
import { runFiles } from '../../record/run-files.ts'
import type { FilmPlan } from './film-plan.ts'
import type { DrawnFrames } from './film-video.ts'
import { latentsBytes } from './latents-file.ts'
import { targetsBytes } from './targets-file.ts'

/**
 * Writes what came of a film into the folder of its run, in place of what came of it before it was changed: where its frames aim, and
 * what was found for those that are drawn. Throws MienError 'unwritable'.
 */
export async function writeFilmResults(folder: string, plan: FilmPlan, drawn?: DrawnFrames): Promise<void> {
  const write = (name: 'targets' | 'latents' | 'noise', bytes: Uint8Array) =>
    writeFileAtomic(join(folder, runFiles[name]), bytes)
  await write('targets', targetsBytes(plan))
  if (drawn === undefined) return
  const { noise } = drawn.painter
  await write('latents', latentsBytes(drawn.latents, noise))
  await write('noise', npzBytes({ ...noise }))
}
