import { openLandmarkDetection } from '../../engine/face/landmark-detection.ts'
import { innerDistance } from '../../engine/likeness/inner-landmarks.ts'
import { descriptorDistance, openFaceDescriber } from '../../engine/projection/identity.ts'
import type { Image } from '../../engine/runtime.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import type { LikenessFigures } from '../engine/likeness-messages.ts'
import { onnxRuntime } from '../runtime/onnx-runtime.ts'
import { sharpCodec } from '../runtime/sharp-codec.ts'
import { loadFaceNetworks, loadFaceRecognition } from './face-networks.ts'

/** The side in which faces are read. */
const side = 256

/**
 * Where the detector finds faces in aligned squares: the mean of six photographs, in pixels. Landmarks are read in this
 * box whatever the picture shows, since they move with the box by more than expressions differ.
 */
const fixedBox = { x: 51.5, y: 33.6, width: 172.9, height: 208.5 }

/** Reads aligned squares as photographs: who it is, and where the landmarks lie. */
export interface LikenessJudge {
  /** [1, 128]. */
  describe(square: Image): Promise<FloatTensor>
  /** @param aimed 68 x (x, y), fractions of the square */
  judge(square: Image, look: FloatTensor, aimed: ArrayLike<number>): Promise<LikenessFigures>
}

/** Loads face-api's landmark and recognition networks. */
export async function openLikenessJudge(): Promise<LikenessJudge> {
  const runtime = onnxRuntime('cpu')
  const location = await openLandmarkDetection(runtime, (await loadFaceNetworks()).landmarks)
  const describer = await openFaceDescriber(runtime, await loadFaceRecognition(), side)
  const small = (square: Image) => sharpCodec.resize(square, side, side)
  async function pointsIn(image: Image): Promise<Float32Array> {
    const face = await location.locate(image, { box: fixedBox, score: 1, angle: 0 })
    if (face === undefined) throw new Error('a box within the picture holds nothing of it')
    return face.points.map((pixel) => pixel / side)
  }
  return {
    async describe(square) {
      const image = await small(square)
      return describer.describe(image, await pointsIn(image))
    },
    async judge(square, look, aimed) {
      const image = await small(square)
      const points = await pointsIn(image)
      const identity = descriptorDistance(await describer.describe(image, points), look)
      return { identity, landmarks: innerDistance(points, aimed) }
    },
  }
}
