import { withParts } from '../../../engine/projection/parts.ts'
import { statisticsPart } from '../../../engine/projection/preparation.ts'
import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { collectGarbage } from '../../host/garbage.ts'
import { onnxRuntime } from '../../runtime/onnx-runtime.ts'
import { commonParts, partsOfKind } from '../held-parts.ts'
import type { JobControl } from '../job-control.ts'
import { decodeTargets } from '../pictures.ts'
import { identified, kindOfSearch } from '../search-kind.ts'
import { openSearchNetworks } from '../search-networks.ts'
import { preparedSearch } from '../search-preparation.ts'
import type { OnThread } from '../thread-worker.ts'

/** All that a search on the processor needs before its first step, but for its graph. Throws MienError as `decodeTargets`. */
export async function prepareJob(
  { models, look, landmarks, settings, threads, start }: Jobs['prepare']['parameters'],
  events: Pick<JobEvents, 'stage' | 'notice'>,
  { keeps }: Pick<JobControl, 'keeps'>,
  onThread: OnThread,
): Promise<Jobs['prepare']['outcome']> {
  const pictures = await decodeTargets([look, landmarks], events, keeps ? commonParts : undefined)
  const { generator, landmarks: landmarkNetwork, perceptual } = models
  const given = { generator, landmarks: landmarkNetwork, perceptual }
  const files = keeps ? await identified(given) : given
  const options = threads === undefined ? {} : { threads }
  const kept = keeps ? await partsOfKind(kindOfSearch(files, settings, options, 'cpu')) : undefined
  let isNew = false
  return withParts(kept, async (parts) => {
    const { identity } = settings.weights
    const known = await openSearchNetworks(parts, files, identity === undefined ? {} : { identity })
    const networks = async () => {
      isNew = true
      return (await known.load()).networks
    }
    const statistics = parts.get(statisticsPart, async () => {
      const { zDim, wDim, mapping } = (await networks()).generator
      return onThread('statistics', { network: { zDim, wDim, mapping }, threads }, {})
    })
    statistics.catch(() => undefined)
    const runtime = onnxRuntime('cpu')
    return preparedSearch(parts, runtime, known, networks, pictures, settings, options, { start })
  }).finally(async () => {
    await kept?.settled()
    // A thread that stays would hold the networks until something else needs their memory.
    if (keeps && isNew) collectGarbage()
  })
}
