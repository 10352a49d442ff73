import type { ProjectionState } from '../../src/engine/projection/projection-state.ts'
import type { Projector } from '../../src/engine/projection/projector.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import type { Metrics, ProjectionSettings } from '../../src/engine/projection/settings.ts'
import type { Targets } from '../../src/engine/projection/targets.ts'

/** Searches to the last step: the last state, and its terms without jitter. */
export async function searched(
  projector: Projector,
  targets: Targets,
  settings: ProjectionSettings,
): Promise<{ readonly state: ProjectionState; readonly metrics: Metrics }> {
  const random = new MersenneTwister(settings.seed)
  let state = projector.start(random)
  while (state.step < settings.steps) state = (await projector.step(state, targets, settings, random)).next
  const { metrics } = await projector.evaluate(state, targets, settings)
  return { state, metrics }
}
