import { floatTensor } from '../tensor.ts'
import type { ProjectionState } from './projection-state.ts'
import { atRest, type Evaluation, type Projector } from './projector.ts'
import { type Descent, metricOf, observed, proposed } from './quasi-newton.ts'
import type { Randomness } from './randomness.ts'
import type { StepRates } from './schedule.ts'
import type { Metrics, ProjectionSettings, TermWeights, Weighting } from './settings.ts'
import type { Targets } from './targets.ts'

/**
 * One step of a search that descends: the objective is looked at where L-BFGS proposes, and the latent goes there if that is downhill.
 * The noise moves by Adam. The graph is that of all other steps; Adam's first moment, which begins at rest, holds the gradient.
 *
 * @throws MienError as Projector.step
 */
export async function descend(
  projector: Projector,
  state: ProjectionState & { readonly descent: Descent },
  targets: Targets,
  settings: Weighting & Pick<ProjectionSettings, 'steps'>,
  random: Randomness,
  rates: StepRates,
): Promise<Evaluation & { readonly next: ProjectionState }> {
  const { latent, descent } = state
  const { shape, data: point } = latent.parameter
  const metric = metricOf(latent.second.data)
  const trial = proposed(point, descent, metric)
  const there = { ...state, latent: atRest(floatTensor(shape, trial)) }
  const { next, ...evaluation } = await projector.step(there, targets, settings, random, rates)
  const look = {
    loss: lossOfLatent(evaluation.metrics, settings.weights),
    gradient: next.latent.first.data.map((x) => x / (1 - projector.decays.first)),
  }
  const moved = observed(point, descent, metric, trial, look)
  const parameter = floatTensor(shape, moved.point)
  return {
    ...evaluation,
    next: { step: next.step, latent: { ...latent, parameter }, noise: next.noise, descent: moved.descent },
  }
}

/** Without the noise's own term: it is as large as all others, and has moved since the last look. */
function lossOfLatent(metrics: Metrics, weights: TermWeights): number {
  const terms = Object.entries(weights) as [keyof TermWeights, number][]
  return terms.reduce(
    (sum, [name, weight]) => (name === 'noiseReg' ? sum : sum + weight * (metrics[name] ?? 0)),
    0,
  )
}
