import { alignedImage } from '../../../engine/face/alignment.ts'
import { type Quad, sideOf } from '../../../engine/face/quad.ts'
import { crop } from '../../../engine/picture/crop.ts'
import { resizeLanczos } from '../../../engine/picture/lanczos.ts'
import type { Image } from '../../../engine/runtime.ts'
import { boundedCache } from '../../bounded-cache.ts'
import { encodePicture, quicklyResized } from '../../runtime/sharp-codec.ts'
import { decode } from '../pictures.ts'
import type { DepictParameters, Jobs, RememberedPicture } from '../protocol.ts'

/**
 * Decoded pictures, and smaller ones made of them: a square is cut out again and again while it is moved. Six pictures
 * of 12 megapixels, or the largest that is taken.
 */
const held = boundedCache<Image>(224 * 2 ** 20, ({ data }) => data.length)

/** Twice as large as wanted, not four times as FFHQ was made: the eye sees no difference, and waits half as long. */
const oversampling = 2

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
  const image = held.get(picture.sha256) ?? (await decodedNow(picture))
  if (image === undefined) return { file: null }
  if (side !== undefined) return { file: await encodePicture(resizeLanczos(image, side, side), encoding) }
  if (square === undefined) return { file: await encodePicture(image, encoding, size) }
  if (square === 'centre') return { file: await encodePicture(middleOf(image), encoding, size) }
  const wanted = size ?? Math.round(sideOf(square))
  return { file: await encodePicture(await cut(picture.sha256, image, square, wanted), encoding) }
}

async function decodedNow({ name, sha256, bytes }: RememberedPicture): Promise<Image | undefined> {
  if (bytes === undefined) return undefined
  const image = await decode({ name, bytes })
  held.set(sha256, image)
  return image
}

function middleOf(image: Image): Image {
  const side = Math.min(image.width, image.height)
  return crop(image, (image.width - side) >> 1, (image.height - side) >> 1, side, side)
}

/** From the picture in the power of two of its size that gives the square about as many pixels as are wanted. */
async function cut(key: string, image: Image, quad: Quad, size: number): Promise<Image> {
  const shrink = 2 ** Math.max(0, Math.floor(Math.log2(sideOf(quad) / (size * 0.75))))
  const small = shrink === 1 ? image : await smaller(key, image, shrink)
  const [across, down] = [small.width / image.width, small.height / image.height]
  const moved = quad.map(([x, y]) => [(x + 0.5) * across - 0.5, (y + 0.5) * down - 0.5])
  return alignedImage(small, moved as unknown as Quad, size, oversampling)
}

async function smaller(key: string, image: Image, shrink: number): Promise<Image> {
  const name = `${key}/${shrink}`
  const known = held.get(name)
  if (known !== undefined) return known
  const small = await quicklyResized(image, {
    width: Math.max(1, Math.round(image.width / shrink)),
    height: Math.max(1, Math.round(image.height / shrink)),
  })
  held.set(name, small)
  return small
}
