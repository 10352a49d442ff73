import type { JobEvents, Jobs } from '../../engine/protocol.ts'
import { onnxRuntime } from '../../runtime/onnx-runtime.ts'
import { loadNetworks } from '../networks.ts'
import { decodeTargets } from '../pictures.ts'
import { preparedSearch } from '../search-preparation.ts'
import type { OnThread } from '../thread-worker.ts'

/** All that a search on the processor needs before its first step, but for its graph. Throws MienError as `decodeTargets`. */
export async function prepareJob(
  { models, look, landmarks, settings, threads, start }: Jobs['prepare']['parameters'],
  events: Pick<JobEvents, 'stage' | 'notice'>,
  onThread: OnThread,
): Promise<Jobs['prepare']['outcome']> {
  const pictures = await decodeTargets([look, landmarks], events)
  const { generator, landmarks: landmarkNetwork, perceptual } = models
  const { identity } = settings.weights
  const asked = identity === undefined ? {} : { identity }
  const loaded = await loadNetworks({ generator, landmarks: landmarkNetwork, perceptual }, asked)
  const { zDim, wDim, mapping } = loaded.networks.generator
  const statistics = onThread('statistics', { network: { zDim, wDim, mapping }, threads }, {})
  statistics.catch(() => undefined)
  const options = threads === undefined ? {} : { threads }
  return preparedSearch(onnxRuntime('cpu'), loaded, pictures, settings, options, { start, statistics })
}
