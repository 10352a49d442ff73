import { heatMapPoints } from '../face/heat-map-points.ts'
import { createBuilder } from '../graph/builder.ts'
import { serialise } from '../graph/onnx.ts'
import { heatMaps } from '../network/fan/fan.ts'
import { synthesise } from '../network/stylegan2/generator.ts'
import { coarseColours } from '../projection/coarse-colours.ts'
import type { Networks } from '../projection/objective.ts'
import { generatedImage, landmarkInput, toAnalysisSize, toLevels } from '../projection/picture.ts'
import type { LatentSpace } from '../projection/settings.ts'
import { latentShapeOf, splitNoise } from '../projection/step-graph.ts'
import type { Image, Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, sizeOf } from '../tensor.ts'

/** What the generator draws of a latent, and what is seen in it. */
export interface Sighting {
  readonly image: Image
  /** 68 x (x, y) as the landmark network sees them, fractions of the side. */
  readonly points: Float32Array
  /** Coarse colours, 0..1; see `coarseColours`. */
  readonly colours: Float32Array
}

/** Draws latents with the noise maps of a film and looks at them. */
export interface FilmSight {
  /** @param latent [1, 1, w_dim] in W, [1, latentCount, w_dim] in W+ */
  look(latent: FloatTensor): Promise<Sighting>
  dispose(): Promise<void>
}

/**
 * Loads the generator with the landmark network behind it.
 *
 * @param noise all maps in one row
 */
export async function openFilmSight(
  runtime: Runtime,
  networks: Pick<Networks, 'generator' | 'landmarks'>,
  space: LatentSpace,
  noise: FloatTensor,
  options?: SessionOptions,
): Promise<FilmSight> {
  const { generator, landmarks } = networks
  const b = createBuilder()
  const size = generator.noise.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  const maps = splitNoise(b, b.input('noise', [size]), generator.noise)
  const image = synthesise(b, generator, b.input('latent', latentShapeOf(networks, space)), maps)
  const seen = toAnalysisSize(b, toLevels(b, image))
  const model = serialise({
    image,
    maps: heatMaps(b, landmarks, landmarkInput(b, seen)),
    colours: coarseColours(b, seen),
  })
  const session = await runtime.load(model, options)
  return {
    async look(latent) {
      const outputs = await session.run({ latent, noise })
      return {
        image: generatedImage(outputs.image as FloatTensor),
        points: heatMapPoints(outputs.maps as FloatTensor),
        colours: (outputs.colours as FloatTensor).data,
      }
    },
    dispose: () => session.dispose(),
  }
}
