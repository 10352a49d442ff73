import { alignedImage, quadFits } from '../../engine/face/alignment.ts'
import { ffhqQuad, type Quad, sideOf } from '../../engine/face/quad.ts'
import { centreQuad, scaledQuad, uprightQuad } from '../../engine/face/square-quad.ts'
import { crop } from '../../engine/picture/crop.ts'
import type { Image } from '../../engine/runtime.ts'
import type { TimedImage } from '../../engine/track/face-tracker.ts'
import type { CutFace } from '../engine/track-messages.ts'
import { encodePicture, quicklyResized } from '../runtime/sharp-codec.ts'

/**
 * How much larger than the square of its landmarks a face is cut out. The steady square, which is known only at the end, then lies
 * within, and so do a driver's hair and neck.
 */
const margin = 1.5

/** Pixels of a side, of which the square has 256. */
const mostSide = 384

const quality = 92

/** Cuts the face out of frames that pass by. */
export interface FaceCutter {
  /** The same frames; the one that was given last is held. */
  seen(frames: AsyncIterable<TimedImage>): AsyncIterable<TimedImage>
  /** The face of the frame that passed last, where it was before if it is not seen. */
  cut(points: ArrayLike<number> | undefined): Promise<CutFace>
}

/**
 * The upright square around a quad, where it lies within the picture: a tenth of the time that a quad takes, which is more than
 * following the face does.
 */
async function uprightCut(
  image: Image,
  quad: Quad,
): Promise<{ readonly image: Image; readonly quad: Quad } | undefined> {
  const [left, top] = [0, 1].map((axis) => Math.floor(Math.min(...quad.map((corner) => corner[axis]!)) + 0.5))
  const [right, bottom] = [0, 1].map((axis) =>
    Math.ceil(Math.max(...quad.map((corner) => corner[axis]!)) + 0.5),
  )
  const side = Math.max(right! - left!, bottom! - top!)
  if (left! < 0 || top! < 0 || left! + side > image.width || top! + side > image.height) return undefined
  const square = crop(image, left!, top!, side, side)
  const size = { width: Math.min(side, mostSide), height: Math.min(side, mostSide) }
  return {
    image: side > mostSide ? await quicklyResized(square, size) : square,
    quad: uprightQuad([left! + (side - 1) / 2, top! + (side - 1) / 2], side),
  }
}

export function faceCutter(): FaceCutter {
  let image: Image | undefined
  let quad: Quad | undefined
  return {
    async *seen(frames) {
      for await (const frame of frames) {
        image = frame.image
        yield frame
      }
    },
    async cut(points) {
      if (image === undefined) throw new RangeError('no frame has passed')
      if (points !== undefined) quad = scaledQuad(ffhqQuad(points), margin)
      if (quad === undefined || !quadFits(image, quad)) return { quad: centreQuad(image), file: null }
      const upright = await uprightCut(image, quad)
      const shown = upright?.quad ?? quad
      const face = upright?.image ?? alignedImage(image, quad, Math.min(mostSide, Math.ceil(sideOf(quad))), 1)
      return { quad: shown, file: await encodePicture(face, { format: 'jpeg', quality }) }
    },
  }
}
