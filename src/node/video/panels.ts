import { blankImage, paste, withLandmarks } from '../../engine/picture/drawing.ts'
import { resizeLanczos } from '../../engine/picture/lanczos.ts'
import type { Image } from '../../engine/runtime.ts'

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
