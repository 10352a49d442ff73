import type { Quad } from '../face/quad.ts'
import { sampleCubic } from '../likeness/sampling.ts'
import { toByte } from '../likeness/warped-picture.ts'
import type { Image } from '../runtime.ts'

/**
 * What another square shows of a square picture, as large as that. Beyond its edges the picture goes on as in a mirror, so that nothing flickers
 * there while the square moves.
 *
 * @param quad of the other square, as fractions of the picture's side
 */
export function seenSquare(image: Image, [[left, top], [x1, y1], , [x3, y3]]: Quad): Image {
  const { width: side } = image
  const data = new Uint8Array(image.data.length)
  const colour = new Float64Array(3)
  for (let row = 0, at = 0; row < side; row++) {
    const v = (row + 0.5) / side
    for (let column = 0; column < side; column++, at += 3) {
      const u = (column + 0.5) / side
      const x = left + u * (x3 - left) + v * (x1 - left)
      const y = top + u * (y3 - top) + v * (y1 - top)
      sampleCubic(image, side * mirrored(x) - 0.5, side * mirrored(y) - 0.5, colour)
      for (let channel = 0; channel < 3; channel++) data[at + channel] = toByte(colour[channel]!)
    }
  }
  return { ...image, data }
}

/** A place within 0..1 that stands for one anywhere. */
function mirrored(place: number): number {
  const within = ((place % 2) + 2) % 2
  return within < 1 ? within : 2 - within
}
