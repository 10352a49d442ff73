import type { Builder } from '../graph/builder.ts'
import type { Value } from '../graph/value.ts'
import type { Image } from '../runtime.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'

/** The resolution at which perceptual and landmark network see a picture. */
export const analysisResolution = 256

/** A square picture as [1, 3, R, R], 0..255. */
export function pictureTensor({ width, height, data }: Image): FloatTensor {
  const area = width * height
  const planes = new Float32Array(3 * area)
  for (let pixel = 0; pixel < area; pixel++) {
    for (let channel = 0; channel < 3; channel++) planes[channel * area + pixel] = data[pixel * 3 + channel]!
  }
  return floatTensor([1, 3, height, width], planes)
}

/** A square picture in the range of what the generator gives, [1, 3, R, R], -1..1. */
export function signedPicture(image: Image): FloatTensor {
  const { shape, data } = pictureTensor(image)
  return floatTensor(
    shape,
    data.map((level) => level / 127.5 - 1),
  )
}

/** What the generator gives, [1, 3, R, R] of about -1..1, as a picture; rounded as in NVIDIA's generate.py. */
export function generatedImage({ shape, data }: FloatTensor): Image {
  const [, , height, width] = shape as [number, number, number, number]
  const area = width * height
  const bytes = new Uint8Array(3 * area)
  for (let pixel = 0; pixel < area; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const level = Math.floor(data[channel * area + pixel]! * 127.5 + 128)
      bytes[pixel * 3 + channel] = Math.min(255, Math.max(0, level))
    }
  }
  return { width, height, data: bytes }
}

/** -1..1 to 0..255, unclamped. */
export function toLevels(b: Builder, image: Value): Value {
  return b.mul(b.add(image, 1), 127.5)
}

/** A picture larger than 256 x 256 averaged over areas to that size; a smaller one as it is. */
export function toAnalysisSize(b: Builder, picture: Value): Value {
  const factor = Math.floor(picture.shape[2]! / analysisResolution)
  return factor > 1 ? b.averagePool(picture, { size: factor }) : picture
}

/**
 * What the landmark network sees: (x - min) / max of the shifted picture, so 0..1, at 256 x 256 by nearest
 * neighbour. Scaling before enlarging gives the same and is less work. A picture of one colour becomes black.
 */
export function landmarkInput(b: Builder, picture: Value): Value {
  const shifted = b.sub(picture, b.reduceMin(picture, {}))
  const span = b.reduceMax(shifted, {})
  const scaled = b.div(shifted, b.where(b.greater(span, 0), span, 1))
  const factor = analysisResolution / picture.shape[2]!
  return factor > 1 ? b.upsample(scaled, { size: factor }) : scaled
}
