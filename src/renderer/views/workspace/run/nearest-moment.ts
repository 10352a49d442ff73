import type { RunMoment } from '../../../../shared/run.ts'

/** The moment nearest to a step, the earlier of two; undefined where there is none. In the order of their steps. */
export function nearestMoment(moments: readonly RunMoment[], step: number): RunMoment | undefined {
  let nearest: RunMoment | undefined
  for (const moment of moments) {
    if (nearest === undefined || Math.abs(moment.step - step) < Math.abs(nearest.step - step))
      nearest = moment
  }
  return nearest
}
