import { alignedImage, quadFits } from '../../engine/face/alignment.ts'
import { ffhqQuad, type Quad, sideOf } from '../../engine/face/quad.ts'
import { centreQuad, scaledQuad } from '../../engine/face/square-quad.ts'
import type { Image } from '../../engine/runtime.ts'
import type { TimedImage } from '../../engine/track/face-tracker.ts'
import type { CutFace } from '../engine/track-messages.ts'
import { encodePicture } from '../runtime/sharp-codec.ts'

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
      const side = Math.min(mostSide, Math.ceil(sideOf(quad)))
      return {
        quad,
        file: await encodePicture(alignedImage(image, quad, side, 1), { format: 'jpeg', quality }),
      }
    },
  }
}
