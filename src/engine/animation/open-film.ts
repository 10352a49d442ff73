import { coarseNetworks } from '../projection/coarse-networks.ts'
import { latentStatistics } from '../projection/latent-statistics.ts'
import { flatNoise } from '../projection/noise.ts'
import { type ExtraTerms, extraTerms, type Networks } from '../projection/objective.ts'
import { openProjector, type Projector } from '../projection/projector.ts'
import { targetsOf } from '../projection/targets.ts'
import type { FloatTensor } from '../tensor.ts'
import { type FilmSight, openFilmSight } from './film-sight.ts'
import { type FirstFrame, type FirstFrameSetup, firstSquares } from './first-frame.ts'
import type { FilmLook } from './frame-targets.ts'

/** What the frames of a film are searched with, once its first one was found. */
export interface OpenFilm {
  readonly sight: FilmSight
  /** Absent where frames take no steps. */
  readonly projector: Projector | undefined
  readonly look: FilmLook
  /** All maps in one row. */
  readonly noise: FloatTensor
  /** The average latent, [1, 1, w_dim]. */
  readonly average: FloatTensor
  dispose(): Promise<void>
}

/**
 * @param steps that a frame takes at most
 * @param more terms that the frames have beside those of the first one
 */
export async function openFilm(
  { runtime, settings, options, firstTarget, steps, look }: FirstFrameSetup & { readonly steps: number },
  whole: Networks,
  first: FirstFrame,
  more: ExtraTerms = {},
): Promise<OpenFilm> {
  const { generator } = whole
  const { landmarkMask, space } = settings
  const noise = flatNoise(generator.noise, first.noise)
  const squares = firstSquares(look, firstTarget)
  const targets = await targetsOf(runtime, whole, squares, { ...options, landmarkMask })
  const extra = { ...(await extraTerms(runtime, whole, settings, options)), ...more }
  const networks = (settings.coarseFirst ? coarseNetworks(whole, extra) : undefined) ?? whole
  const statistics = await latentStatistics(runtime, generator, undefined, options)
  const projector =
    steps === 0 ? undefined : await openProjector(runtime, networks, statistics, space, { ...options, extra })
  const sight = await openFilmSight(runtime, networks, space, noise, options)
  return {
    ...{ sight, projector, noise, average: statistics.average },
    look: { targets, deviation: look.deviation, resolution: generator.resolution, landmarkMask },
    async dispose() {
      await sight.dispose()
      await projector?.dispose()
    },
  }
}
