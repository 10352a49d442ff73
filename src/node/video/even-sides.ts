import type { Image, PictureSize } from '../../engine/runtime.ts'

/** The size of a video, whose sides are even: colours are kept for four pixels at once. */
export function evenSize({ width, height }: PictureSize): PictureSize {
  return { width: evenSide(width), height: evenSide(height) }
}

/** A picture with its last row or column once more where its sides are odd. */
export function withEvenSides(image: Image): Image {
  const { width, height, data } = image
  const even = evenSize(image)
  if (even.width === width && even.height === height) return image
  const rows = new Uint8Array(even.width * even.height * 3)
  for (let y = 0; y < even.height; y++) {
    const from = Math.min(y, height - 1) * width * 3
    const to = y * even.width * 3
    rows.set(data.subarray(from, from + width * 3), to)
    if (even.width > width) rows.set(data.subarray(from + (width - 1) * 3, from + width * 3), to + width * 3)
  }
  return { ...even, data: rows }
}

function evenSide(side: number): number {
  return side + (side & 1)
}
