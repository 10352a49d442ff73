import { sideOf } from '../../../engine/face/quad.ts'
import { crop } from '../../../engine/picture/crop.ts'
import { resizeLanczos } from '../../../engine/picture/lanczos.ts'
import type { Image } from '../../../engine/runtime.ts'
import type { DepictParameters } from '../../engine/picture-messages.ts'
import type { Jobs } from '../../engine/protocol.ts'
import { encodePicture } from '../../runtime/sharp-codec.ts'
import { heldPicture, squareOf } from '../held-pictures.ts'

/**
 * A picture of the user, or a square of it, as a file to look at; a run cuts out its own. Throws MienError 'bad-image',
 * 'mismatch' for a square that does not fit the picture.
 */
export async function depict({
  picture,
  square,
  size,
  side,
  encoding,
}: DepictParameters): Promise<Jobs['depict']['outcome']> {
  const image = await heldPicture(picture)
  if (image === undefined) return { file: null }
  if (side !== undefined) return { file: await encodePicture(resizeLanczos(image, side, side), encoding) }
  if (square === undefined) return { file: await encodePicture(image, encoding, size) }
  if (square === 'centre') return { file: await encodePicture(middleOf(image), encoding, size) }
  const wanted = size ?? Math.round(sideOf(square))
  return { file: await encodePicture(await squareOf(picture.sha256, image, square, wanted), encoding) }
}

function middleOf(image: Image): Image {
  const side = Math.min(image.width, image.height)
  return crop(image, (image.width - side) >> 1, (image.height - side) >> 1, side, side)
}
