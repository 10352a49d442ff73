import { pointsInQuad } from '../../engine/face/quad.ts'
import { type Portrait, wholeQuad } from '../../engine/likeness/portrait.ts'
import type { Image } from '../../engine/runtime.ts'
import type { RememberedFace } from '../engine/likeness-messages.ts'
import { heldSquare } from './held-pictures.ts'

/** A face as the aligned square that is cut out around it. */
export async function squarePortrait(
  { picture, quad, points }: RememberedFace,
  image: Image,
  side: number,
): Promise<Portrait> {
  return {
    image: await heldSquare(picture.sha256, image, quad, side),
    quad: wholeQuad(side),
    points: pointsInQuad(points, quad),
  }
}
