import { blankImage, paste, withLandmarks } from '../../engine/picture/drawing.ts'
import { resizeLanczos } from '../../engine/picture/lanczos.ts'
import type { Image, PictureSize } from '../../engine/runtime.ts'

/** Pixels of a side of the squares of a film that stand side by side, at most. */
export const panelSide = 512

/** A row of so many of them, no larger than they are wanted. */
export function rowSize(panels: number, wanted = panelSide): PictureSize {
  const side = Math.min(wanted, panelSide)
  return { width: panels * side, height: side }
}

/** The size of a picture whose longer side is `longest` at most. */
export function fittedSize({ width, height }: PictureSize, longest = Number.POSITIVE_INFINITY): PictureSize {
  const shrink = Math.min(1, longest / Math.max(width, height))
  const shrunk = (side: number) => Math.max(1, Math.round(side * shrink))
  return { width: shrunk(width), height: shrunk(height) }
}

/** The largest size of that shape that has so many pixels at most, and is no larger than it. */
export function sizeWithin(size: PictureSize, pixels: number): PictureSize {
  const { width, height } = size
  let longest = Math.floor(Math.max(width, height) * Math.min(1, Math.sqrt(pixels / (width * height))))
  let fitted = fittedSize(size, longest)
  // The shorter side is rounded.
  while (fitted.width * fitted.height > pixels && longest > 1) fitted = fittedSize(size, --longest)
  return fitted
}

/** A picture with its landmarks in its pixels, where they are to be drawn. */
export interface MarkedPicture {
  readonly image: Image
  readonly points?: Float32Array | undefined
}

/** A picture in that height, as wide as its shape asks for, with its landmarks drawn in. */
export function panelOf({ image, points }: MarkedPicture, height: number): Image {
  const scale = height / image.height
  const width = Math.max(1, Math.round(image.width * scale))
  const scaled = resizeLanczos(image, width, height)
  return points === undefined
    ? scaled
    : withLandmarks(
        scaled,
        points.map((coordinate) => coordinate * scale),
      )
}

/** Pictures of one height, one beside the other. */
export function besides(panels: readonly Image[]): Image {
  const width = panels.reduce((sum, panel) => sum + panel.width, 0)
  const row = blankImage(width, panels[0]!.height, [0, 0, 0])
  let left = 0
  for (const panel of panels) {
    paste(row, panel, left, 0)
    left += panel.width
  }
  return row
}
