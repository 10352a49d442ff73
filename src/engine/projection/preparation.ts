import type { Runtime, SessionOptions } from '../runtime.ts'
import type { FloatTensor } from '../tensor.ts'
import { firstLatent } from './first-latent.ts'
import { type LatentStatistics, latentStatistics } from './latent-statistics.ts'
import type { Networks } from './objective.ts'
import type { ProjectionSettings } from './settings.ts'
import { type TargetSquares, type Targets, targetsOf } from './targets.ts'

/** What a search knows before its first step, beside its graph; plain data, so that another thread can find it meanwhile. */
export interface Preparation {
  readonly statistics: LatentStatistics
  /** Of the pictures that the search begins with. */
  readonly targets: Targets
  /** [1, 1, w_dim]. */
  readonly startLatent: FloatTensor
}

/** What is known of a search before it is prepared, or found elsewhere meanwhile. */
export interface Foreknown {
  /** Of a search that goes on. */
  readonly start?: FloatTensor | undefined
  readonly statistics?: Promise<LatentStatistics>
}

/**
 * @throws MienError 'mismatch' for a square of another size than the generator's
 */
export async function prepare(
  runtime: Runtime,
  networks: Networks,
  squares: TargetSquares,
  settings: ProjectionSettings,
  options?: SessionOptions,
  known: Foreknown = {},
): Promise<Preparation> {
  const { generator } = networks
  const { landmarkMask } = settings
  const targets = await targetsOf(runtime, networks, squares, { ...options, landmarkMask })
  const statistics = await (known.statistics ?? latentStatistics(runtime, generator, undefined, options))
  const startLatent =
    known.start ??
    (await firstLatent(runtime, generator, settings, statistics.average, targets.colours, options))
  return { statistics, targets, startLatent }
}
