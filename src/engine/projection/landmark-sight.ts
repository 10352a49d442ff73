import { heatMapPoints } from '../face/heat-map-points.ts'
import { createBuilder } from '../graph/builder.ts'
import { serialise } from '../graph/onnx.ts'
import { heatMaps } from '../network/fan/fan.ts'
import { synthesise } from '../network/stylegan2/generator.ts'
import type { Runtime, SessionOptions } from '../runtime.ts'
import type { FloatTensor } from '../tensor.ts'
import type { Networks } from './objective.ts'
import { landmarkInput, toAnalysisSize, toLevels } from './picture.ts'

/** Sees the landmarks in what a generator draws. */
export interface LandmarkSight {
  /** Of what is drawn of a latent without noise: 68 x (x, y) as fractions of its side. */
  see(latent: FloatTensor): Promise<Float32Array>
  dispose(): Promise<void>
}

/**
 * Loads the generator with the landmark network behind it.
 *
 * @param latentShape [1, 1, w_dim] or [1, latentCount, w_dim]
 */
export async function openLandmarkSight(
  runtime: Runtime,
  networks: Pick<Networks, 'generator' | 'landmarks'>,
  latentShape: readonly number[],
  options?: SessionOptions,
): Promise<LandmarkSight> {
  const b = createBuilder()
  const picture = synthesise(b, networks.generator, b.input('latent', latentShape), undefined)
  const seen = landmarkInput(b, toAnalysisSize(b, toLevels(b, picture)))
  const session = await runtime.load(serialise({ maps: heatMaps(b, networks.landmarks, seen) }), options)
  return {
    async see(latent) {
      const { maps } = await session.run({ latent })
      return heatMapPoints(maps as FloatTensor)
    },
    dispose: () => session.dispose(),
  }
}
