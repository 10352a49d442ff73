import type { Networks } from '../../engine/projection/objective.ts'
import type { Parts } from '../../engine/projection/parts.ts'
import { type Foreknown, prepare } from '../../engine/projection/preparation.ts'
import type { ProjectionSettings } from '../../engine/projection/settings.ts'
import type { Runtime, SessionOptions } from '../../engine/runtime.ts'
import type { PreparedSearch } from '../engine/preparation-messages.ts'
import type { TargetPicture } from './pictures.ts'
import type { SearchNetworks } from './search-networks.ts'
import { cutTargets } from './targets.ts'

/**
 * Cuts the pictures out and finds what the search aims at and begins with.
 *
 * @param networks asked for only where a part has to be opened
 */
export async function preparedSearch(
  parts: Parts,
  runtime: Runtime,
  { form, heatMapForm }: Pick<SearchNetworks, 'form' | 'heatMapForm'>,
  networks: () => Promise<Networks>,
  pictures: readonly TargetPicture[],
  settings: ProjectionSettings,
  options: SessionOptions,
  known: Foreknown,
): Promise<PreparedSearch> {
  const { deviation } = heatMapForm
  const cut = cutTargets(pictures, form.resolution, heatMapForm)
  const squares = { ...cut, deviation }
  const preparation = await prepare(parts, runtime, networks, squares, settings, options, known)
  const { drawnMaps: _drawn, lookPoints, ...images } = cut
  return { ...preparation, images, ...(lookPoints && { lookPoints }) }
}
