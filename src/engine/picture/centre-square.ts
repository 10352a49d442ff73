import type { Image } from '../runtime.ts'
import { crop } from './crop.ts'
import { resizeLanczos } from './lanczos.ts'

/** The square in the middle of the picture, brought to `size` x `size` with Lanczos. */
export function centreSquare(image: Image, size: number): Image {
  const side = Math.min(image.width, image.height)
  const left = Math.floor((image.width - side) / 2)
  const top = Math.floor((image.height - side) / 2)
  return resizeLanczos(crop(image, left, top, side, side), size, size)
}
