import { latentStatistics } from '../../../engine/projection/latent-statistics.ts'
import type { Jobs } from '../../engine/protocol.ts'
import { onnxRuntime } from '../../runtime/onnx-runtime.ts'

/** Where the latents of a mapping network lie, found on the processor. */
export function statisticsJob({
  network,
  threads,
}: Jobs['statistics']['parameters']): Promise<Jobs['statistics']['outcome']> {
  return latentStatistics(onnxRuntime('cpu'), network, undefined, threads === undefined ? {} : { threads })
}
