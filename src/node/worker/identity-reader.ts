import { openFaceDescriber } from '../../engine/projection/identity.ts'
import type { Networks } from '../../engine/projection/objective.ts'
import type { Image, SessionOptions } from '../../engine/runtime.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import { onnxRuntime } from '../runtime/onnx-runtime.ts'
import { loadFaceRecognition } from './face-networks.ts'
import { openLandmarkReader } from './landmark-reader.ts'

/** Describes the identity of faces in pictures of the generator's size. */
export interface IdentityReader {
  /**
   * @param points 68 x (x, y) as fractions of the picture's side; read by the landmark network if absent
   * @returns [1, 128]: see `descriptorDistance`
   */
  describe(image: Image, points?: ArrayLike<number>): Promise<FloatTensor>
  dispose(): Promise<void>
}

/** Loads the landmark and the recognition network; on the processor, so that figures are the same on every machine. */
export async function openIdentityReader(
  networks: Networks,
  options: SessionOptions = {},
): Promise<IdentityReader> {
  const { resolution } = networks.generator
  const runtime = onnxRuntime('cpu')
  const recognition = networks.recognition ?? (await loadFaceRecognition())
  const describer = await openFaceDescriber(runtime, recognition, resolution, options)
  const landmarks = await openLandmarkReader(runtime, networks, options)
  return {
    async describe(image, points) {
      const known = points ?? (await landmarks.read(image)).map((pixel) => pixel / resolution)
      return describer.describe(image, known)
    },
    async dispose() {
      await describer.dispose()
      await landmarks.dispose()
    },
  }
}
