import type { Image } from '../runtime.ts'

/** The rectangle of that size whose top left corner is at (left, top); it must lie inside the picture. */
export function crop(image: Image, left: number, top: number, width: number, height: number): Image {
  if (left === 0 && top === 0 && width === image.width && height === image.height) return image
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * 3
    data.set(image.data.subarray(from, from + width * 3), y * width * 3)
  }
  return { width, height, data }
}
