import type { Image } from '../../engine/runtime.ts'
import { imageOf } from './decoded-frames.ts'

/** The first picture of a GIF or WebP, as the browser decodes it; undefined where it does not. */
export async function firstPicture(file: File): Promise<Image | undefined> {
  const bitmap = await createImageBitmap(file).catch(() => undefined)
  if (bitmap === undefined) return undefined
  const context = contextOf(bitmap)
  context.drawImage(bitmap, 0, 0)
  bitmap.close()
  return imageOf(context.getImageData(0, 0, context.canvas.width, context.canvas.height))
}

/** A picture encoded, to be looked at. */
export async function jpegOf({ width, height, data }: Image): Promise<Uint8Array> {
  const context = contextOf({ width, height })
  const pixels = context.createImageData(width, height)
  for (let from = 0, to = 0; from < data.length; from += 3, to += 4) {
    pixels.data.set(data.subarray(from, from + 3), to)
    pixels.data[to + 3] = 255
  }
  context.putImageData(pixels, 0, 0)
  const blob = await context.canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })
  return new Uint8Array(await blob.arrayBuffer())
}

function contextOf({ width, height }: { readonly width: number; readonly height: number }) {
  return new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!
}
