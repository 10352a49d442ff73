import { rampDownSteps } from '../../../../engine/projection/schedule.ts'
import { modelsOf } from '../../../models/resolve.ts'
import { hasRecovery } from '../../recovery.ts'
import type { RunKind } from '../kind.ts'
import { requireTunedModel } from '../tuning/tuned-model.ts'
import { resumeProjection, startProjection } from './projection.ts'
import { setupAfterAll } from './setup-changes.ts'
import { beginningOf, engineName } from './studio-order.ts'

/** The search for a latent. */
export const projectionKind: RunKind = {
  async begin(record, means, events) {
    const { spawn, library, read } = means
    await requireTunedModel(record.folder, record.now.setup.models.generator, means)
    if (await hasRecovery(record)) {
      // Never the paths that it names: it may come from another machine, or from a stranger.
      const models = await modelsOf(record.now.setup, library)
      return resumeProjection(spawn, record, events, { models })
    }
    const { order, opening } = await beginningOf(record.now, library, read)
    return startProjection(spawn, order, record, events, { opening })
  },

  setupAt({ pictures, asked }, changes) {
    const ids = new Map(pictures.map((picture) => [engineName(picture), picture.id]))
    return setupAfterAll(asked, changes, (name) => ids.get(name))
  },

  isFinishing: ({ asked }, step, steps) => steps - step <= rampDownSteps(asked.settings.steps),
}
