import type { Runtime, SessionOptions } from '../runtime.ts'
import type { FloatTensor } from '../tensor.ts'
import { firstLatent } from './first-latent.ts'
import { type LatentStatistics, latentStatistics } from './latent-statistics.ts'
import type { Networks } from './objective.ts'
import type { Parts } from './parts.ts'
import type { ProjectionSettings } from './settings.ts'
import { openTargetReader, type TargetSquares, type Targets } from './targets.ts'

/** What a search knows before its first step, beside its graph; plain data, so that another thread can find it meanwhile. */
export interface Preparation {
  readonly statistics: LatentStatistics
  /** Of the pictures that the search begins with. */
  readonly targets: Targets
  /** [1, 1, w_dim]. */
  readonly startLatent: FloatTensor
}

/** The part that holds the statistics of latents. They are there before `prepare` if another thread finds them. */
export const statisticsPart = 'statistics'

/** What is known of a search before it is prepared. */
export interface Foreknown {
  /** Of a search that goes on. */
  readonly start?: FloatTensor | undefined
}

/**
 * @param networks asked for only where a part has to be opened
 * @throws MienError 'mismatch' for a square of another size than the generator's
 */
export async function prepare(
  parts: Parts,
  runtime: Runtime,
  networks: () => Promise<Networks>,
  squares: TargetSquares,
  settings: ProjectionSettings,
  options?: SessionOptions,
  known: Foreknown = {},
): Promise<Preparation> {
  const generator = async () => (await networks()).generator
  const reader = await parts.get('targets', async () => openTargetReader(runtime, await networks(), options))
  const targets = await reader.read(squares, settings.landmarkMask)
  const statistics = await parts.get(statisticsPart, async () =>
    latentStatistics(runtime, await generator(), undefined, options),
  )
  const startLatent =
    known.start ??
    (await firstLatent(parts, runtime, generator, settings, statistics.average, targets.colours, options))
  return { statistics, targets, startLatent }
}
