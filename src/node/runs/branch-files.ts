import { join } from 'node:path'
import { copyWholeFile, exists } from '../host/files.ts'
import type { EncodedPreview } from './live-picture.ts'
import { copyMoment } from './record/history.ts'
import { copyMetrics } from './record/metrics.ts'
import { runFiles } from './record/run-files.ts'

/**
 * Gives a branch what there is to be seen before its first own step: the targets, the start, the metrics up to the step
 * that it begins from, and the picture of that step, which is handed back. Throws MienError 'unwritable'.
 */
export async function copyBeginning(
  from: string,
  to: string,
  step: number,
): Promise<EncodedPreview | undefined> {
  for (const name of [runFiles.look, runFiles.landmarks, runFiles.start]) {
    if (await exists(join(from, name))) await copyWholeFile(join(from, name), join(to, name))
  }
  await copyMetrics(from, to, step)
  return copyMoment(from, to, step)
}
