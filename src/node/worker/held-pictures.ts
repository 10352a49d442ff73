import { alignedImage } from '../../engine/face/alignment.ts'
import { type Quad, quadInSize, sideOf } from '../../engine/face/quad.ts'
import type { Image } from '../../engine/runtime.ts'
import { boundedCache } from '../../shared/bounded-cache.ts'
import type { RememberedPicture } from '../engine/remembered-picture.ts'
import { quicklyResized } from '../runtime/sharp-codec.ts'
import { decode } from './pictures.ts'

/**
 * Decoded pictures, and smaller ones made of them: a square is cut out again and again while it is moved. Six pictures
 * of 12 megapixels, or the largest that is taken.
 */
const held = boundedCache<Image>(224 * 2 ** 20, ({ data }) => data.length)

/** The picture, decoded now or before; undefined where it is neither held nor given. Throws MienError 'bad-image'. */
export async function heldPicture({ name, sha256, bytes }: RememberedPicture): Promise<Image | undefined> {
  const known = held.get(sha256)
  if (known !== undefined || bytes === undefined) return known
  const image = await decode({ name, bytes })
  held.set(sha256, image)
  return image
}

/** A picture and its square, shrunk alike. */
export interface Shrunk {
  readonly image: Image
  readonly quad: Quad
}

/** The picture of that key and its square, so many times smaller, a power of two. */
export async function shrunkPicture(key: string, image: Image, quad: Quad, shrink: number): Promise<Shrunk> {
  if (shrink <= 1) return { image, quad }
  const small = await smaller(key, image, shrink)
  return { image: small, quad: quadInSize(quad, image, small) }
}

/** Twice as large as wanted, not four times as FFHQ was made: the eye sees no difference, and waits half as long. */
const oversampling = 2

/** The square, from the picture in the power of two of its size that gives it about as many pixels as are wanted. */
export async function squareOf(key: string, image: Image, quad: Quad, size: number): Promise<Image> {
  const shrink = 2 ** Math.max(0, Math.floor(Math.log2(sideOf(quad) / (size * 0.75))))
  const small = await shrunkPicture(key, image, quad, shrink)
  return alignedImage(small.image, small.quad, size, oversampling)
}

/** The same, kept for the next time. */
export async function heldSquare(key: string, image: Image, quad: Quad, size: number): Promise<Image> {
  const name = `${key}/${quad.flat().join()}/${size}`
  const known = held.get(name)
  if (known !== undefined) return known
  const square = await squareOf(key, image, quad, size)
  held.set(name, square)
  return square
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
