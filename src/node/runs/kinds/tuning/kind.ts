import { modelsOf } from '../../../models/resolve.ts'
import type { RunKind } from '../kind.ts'
import { addTunedModel, requireTunedModel } from './tuned-model.ts'
import { beginTuning } from './tuning.ts'

/** A generator that is tuned on a photograph; what that takes lies in the folder from the beginning. */
export const tuningKind: RunKind = {
  async begin(record, means, events) {
    const { folder, now } = record
    await requireTunedModel(folder, now.setup.models.generator, means)
    // Never the paths that the lesson names: it may come from another machine, or from a stranger. And it is taught from the
    // beginning, whoever else draws.
    const { tuned: _, ...models } = await modelsOf(now.setup, means.library)
    const tuning = await beginTuning(means.spawn, record, models, events)
    const finished = tuning.finished.then(async (run) => {
      await addTunedModel(folder, record.now.name, means)
      return run
    })
    return { ...tuning, finished }
  },
  setupAt: ({ asked }) => asked,
  isFinishing: () => false,
}
