import { type Foreknown, prepare } from '../../engine/projection/preparation.ts'
import type { ProjectionSettings } from '../../engine/projection/settings.ts'
import type { Runtime, SessionOptions } from '../../engine/runtime.ts'
import type { PreparedSearch } from '../engine/preparation-messages.ts'
import type { LoadedNetworks } from './networks.ts'
import type { TargetPicture } from './pictures.ts'
import { cutTargets } from './targets.ts'

/** Cuts the pictures out and finds what the search aims at and begins with. */
export async function preparedSearch(
  runtime: Runtime,
  { networks, heatMapForm }: LoadedNetworks,
  pictures: readonly TargetPicture[],
  settings: ProjectionSettings,
  options: SessionOptions,
  known: Foreknown,
): Promise<PreparedSearch> {
  const { resolution } = networks.generator
  const { deviation } = heatMapForm
  const cut = cutTargets(pictures, resolution, heatMapForm)
  const preparation = await prepare(runtime, networks, { ...cut, deviation }, settings, options, known)
  const { drawnMaps: _drawn, lookPoints, ...images } = cut
  return { ...preparation, images, ...(lookPoints && { lookPoints }) }
}
