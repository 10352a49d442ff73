import { modelsOf } from '../../../models/resolve.ts'
import type { RunKind } from '../kind.ts'
import { beginTuning } from './tuning.ts'

/** A generator that is tuned on a photograph; what that takes lies in the folder from the beginning. */
export const tuningKind: RunKind = {
  // Never the paths that the lesson names: it may come from another machine, or from a stranger.
  begin: async (record, { spawn, library }, events) =>
    beginTuning(spawn, record, await modelsOf(record.now.setup, library), events),
  setupAt: ({ asked }) => asked,
  isFinishing: () => false,
}
