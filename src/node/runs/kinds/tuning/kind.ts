import { join } from 'node:path'
import { MienError } from '../../../../engine/errors.ts'
import type { TuneOutcome } from '../../../engine/tune-messages.ts'
import { removeFolder, writeFileAtomic } from '../../../host/files.ts'
import { modelsOf } from '../../../models/resolve.ts'
import { sharpCodec } from '../../../runtime/sharp-codec.ts'
import type { RecordFile } from '../../record/record-file.ts'
import { recoveryFolder, runFiles } from '../../record/run-files.ts'
import type { EndedRun, RunKind, RunMeans } from '../kind.ts'
import { npzBytes } from '../projection/array-files.ts'
import { readLatent } from '../projection/latent-file.ts'
import { startTuning } from './engine-tuning.ts'
import { readLesson } from './lesson.ts'
import { movementBytes } from './movement-file.ts'
import { addTunedModel, requireTunedModel } from './tuned-model.ts'

/** A generator that is tuned on the photograph of a search, whose latent and noise lie in the folder from the beginning. */
export const tuningKind: RunKind = {
  async begin(record, means, events) {
    const { spawn, library } = means
    const { folder } = record
    const { lesson, setup } = record.now
    if (lesson === undefined) throw new Error('a tuning without a lesson')
    await requireTunedModel(folder, setup.models.generator, means)
    // It is taught from the beginning, whoever else draws.
    const { tuned: _, ...models } = await modelsOf(setup, library)
    const faces = await readLesson(lesson, folder)
    const latent = await readLatent(join(folder, runFiles.latent))
    const request = {
      models,
      faces,
      latent,
      settings: lesson.settings,
      execution: { provider: setup.device },
    }
    const tuning = startTuning(spawn, request, folder, events)
    return {
      finished: tuning.outcome.then((outcome) => written(record, outcome, means)),
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
  },
  setupAt: ({ asked }) => asked,
  isFinishing: () => false,
}

/** Throws MienError 'unwritable'. */
async function written(record: RecordFile, tuned: TuneOutcome, means: RunMeans): Promise<EndedRun> {
  const { folder } = record
  const { stopped, image, figures } = tuned
  const contents = {
    generator: tuned.generator,
    own: npzBytes({ w: tuned.own }),
    movement: movementBytes(tuned.movement),
    result: await sharpCodec.encodePng(image),
  } as const
  for (const [key, bytes] of Object.entries(contents)) {
    await writeFileAtomic(join(folder, runFiles[key as keyof typeof contents]), bytes)
  }
  await addTunedModel(folder, record.now.name, means)
  if (!stopped) await removeFolder(join(folder, recoveryFolder, 'tuning'))
  const { terms, points, step } = record.now
  if (terms === null) throw new Error('a tuning of a search without a result')
  return {
    outcome: {
      ...{ stopped, steps: step, terms, image, identity: figures.identity },
      points: Float32Array.from(points.result ?? []),
    },
    unmade: [],
  }
}
