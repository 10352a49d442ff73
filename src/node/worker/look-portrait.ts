import { pointsInQuad } from '../../engine/face/quad.ts'
import { type Portrait, squareSide } from '../../engine/likeness/portrait.ts'
import type { Image } from '../../engine/runtime.ts'
import type { RememberedFace } from '../engine/likeness-messages.ts'
import { shrunkPicture } from './held-pictures.ts'
import { squarePortrait } from './square-portrait.ts'

/** A look as it is warped: its square, or the whole photograph, not much larger than it is wanted. */
export async function lookPortrait(
  face: RememberedFace,
  image: Image,
  form: 'square' | 'whole',
  size: number | undefined,
): Promise<Portrait> {
  if (form === 'square') return squarePortrait(face, image, squareSide(face.quad, size))
  const longer = Math.max(image.width, image.height)
  const shrink = size === undefined ? 1 : 2 ** Math.max(0, Math.floor(Math.log2(longer / size)))
  const small = await shrunkPicture(face.picture.sha256, image, face.quad, shrink)
  return { ...small, points: pointsInQuad(face.points, face.quad) }
}
