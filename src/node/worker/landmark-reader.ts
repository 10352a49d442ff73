import { heatMapPoints } from '../../engine/face/heat-map-points.ts'
import { createBuilder } from '../../engine/graph/builder.ts'
import { serialise } from '../../engine/graph/onnx.ts'
import { describe, type Networks } from '../../engine/projection/objective.ts'
import { pictureTensor } from '../../engine/projection/picture.ts'
import type { Image, Runtime, SessionOptions } from '../../engine/runtime.ts'
import type { FloatTensor } from '../../engine/tensor.ts'

/** Finds the landmarks in pictures of the generator's size. */
export interface LandmarkReader {
  /** 68 x (x, y) in pixels. */
  read(image: Image): Promise<Float32Array>
  dispose(): Promise<void>
}

/** Loads the landmark network alone. */
export async function openLandmarkReader(
  runtime: Runtime,
  networks: Networks,
  options: SessionOptions,
): Promise<LandmarkReader> {
  const { resolution } = networks.generator
  const b = createBuilder()
  const { heatMaps } = describe(b, networks, b.input('picture', [1, 3, resolution, resolution]))
  const session = await runtime.load(serialise({ heatMaps }), options)
  return {
    async read(image) {
      const { heatMaps: maps } = await session.run({ picture: pictureTensor(image) })
      return heatMapPoints(maps as FloatTensor).map((fraction) => fraction * resolution)
    },
    dispose: () => session.dispose(),
  }
}
