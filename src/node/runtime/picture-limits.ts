import type { PictureSize } from '../../engine/runtime.ts'

/** Of megapixels: cameras of 64 of them take 9248 x 6936 or 9280 x 6944, so the binary million is meant. */
const million = 2 ** 20

/** Below what would crowd the memory; larger pictures are scaled down to it. */
const mostTaken = 64 * million

/** What the head of a file says of it. */
interface PictureHead extends PictureSize {
  readonly format?: string
  readonly isProgressive?: boolean
}

/** As long as a side of a JPEG can be. */
const longestSide = 65_535

/**
 * Megapixels through which a decoder may go. Where it goes row by row, memory does not grow with the height; others hold
 * all of the picture, libheif in twenty bytes a pixel.
 */
export function readableMegapixels({ width, height, format, isProgressive }: PictureHead): number {
  if (format === 'heif' || format === 'gif' || Math.max(width, height) > longestSide) return 64
  if (format === 'webp' || isProgressive) return 128
  return 512
}

export function megapixels({ width, height }: PictureSize): number {
  return (width * height) / million
}

/** The size in which a picture is taken: its own, unless that is too large. */
export function takenSize(own: PictureSize): PictureSize {
  const scale = Math.sqrt(mostTaken / (own.width * own.height))
  if (scale >= 1) return own
  const scaled = (side: number) => Math.max(1, Math.floor(side * scale))
  return { width: scaled(own.width), height: scaled(own.height) }
}
