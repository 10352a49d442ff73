import { join } from 'node:path'
import { MienError } from '../../../../engine/errors.ts'
import type { Provider } from '../../../../engine/runtime.ts'
import type { SpawnWorker } from '../../../engine/client.ts'
import type { LikenessFigures } from '../../../engine/likeness-messages.ts'
import type { TuneOutcome } from '../../../engine/tune-messages.ts'
import { npzBytes } from '../../../host/array-files.ts'
import { removeFolder, writeFileAtomic } from '../../../host/files.ts'
import type { ModelFiles } from '../../../models/files.ts'
import { sharpCodec } from '../../../runtime/sharp-codec.ts'
import type { RecordFile } from '../../record/record-file.ts'
import { recoveryFolder, runFiles } from '../../record/run-files.ts'
import type { RunEvents } from '../../supervisor.ts'
import type { EndedRun, RunningRun } from '../kind.ts'
import { readLatent } from '../projection/latent-file.ts'
import { startTuning } from './engine-tuning.ts'
import { readLesson } from './lesson.ts'
import { movementBytes } from './movement-file.ts'

/** What came of a tuning. */
export interface TuningRun extends EndedRun {
  /** Paths by what the files hold. */
  readonly files: Readonly<Record<string, string>>
  readonly figures: LikenessFigures
  /** Steps of the tuning, without those of the search before it. */
  readonly taught: number
  readonly seconds: number
  readonly provider: Provider
}

/**
 * Tunes a generator as the lesson of a record says, or goes on where its folder has a snapshot. The pictures lie in the folder, and
 * the latent of a search, where the lesson has a target. Throws MienError 'unreadable-file', 'mismatch' for a picture that changed.
 */
export async function beginTuning(
  spawn: SpawnWorker,
  record: RecordFile,
  models: ModelFiles,
  events: RunEvents,
): Promise<RunningRun<TuningRun>> {
  const { folder } = record
  const { lesson, setup } = record.now
  if (lesson === undefined) throw new Error('a tuning without a lesson')
  const { settings, threads } = lesson
  const request = {
    ...{ models, settings, faces: await readLesson(lesson, folder) },
    ...(lesson.target !== undefined && { latent: await readLatent(join(folder, runFiles.latent)) }),
    execution: { provider: setup.device, ...(threads !== undefined && { threads }) },
  }
  const tuning = startTuning(spawn, request, folder, events)
  return {
    finished: tuning.outcome.then((outcome) => written(record, outcome)),
    stop: tuning.stop,
    interrupt: tuning.abandon,
    // It takes no changes, and does not wait; its pictures come unasked.
    pause: () => undefined,
    resume: () => undefined,
    show: () => undefined,
    async steer() {
      throw new MienError('wrong-use', 'A generator that is tuned takes no changes.', {
        hint: 'Wait until it is over.',
      })
    },
  }
}

/** Throws MienError 'unwritable'. */
async function written(record: RecordFile, tuned: TuneOutcome): Promise<TuningRun> {
  const { folder } = record
  const { stopped, image, points, figures, steps: taught, seconds, provider } = tuned
  const own = npzBytes({ w: tuned.own })
  const contents = {
    generator: tuned.generator,
    own,
    movement: movementBytes(tuned.movement),
    // What draws the result, as in every run.
    ...(record.now.lesson?.target === undefined && { latent: own }),
    result: await sharpCodec.encodePng(image),
  } as const
  for (const [key, bytes] of Object.entries(contents)) {
    await writeFileAtomic(join(folder, runFiles[key as keyof typeof contents]), bytes)
  }
  if (!stopped) await removeFolder(join(folder, recoveryFolder))
  const { terms, step } = record.now
  const names = ['look', ...Object.keys(contents), 'latent', 'record'] as (keyof typeof runFiles)[]
  const files = Object.fromEntries(names.map((key) => [key, join(folder, runFiles[key])]))
  return {
    outcome: { ...{ stopped, steps: step, terms, image, points }, identity: figures.identity },
    unmade: [],
    ...{ files, figures, taught, seconds, provider },
  }
}
