import type { Quad } from '../face/quad.ts'
import { sampleCubic } from '../likeness/sampling.ts'
import { toByte } from '../likeness/warped-picture.ts'
import type { Image } from '../runtime.ts'

/** Generators fray the edges of what they draw; a part of the side. */
const frayed = 0.012

/**
 * What another square shows of a square that was drawn, as large as that. Beyond its edges the colours there go on: nothing flickers while the square
 * moves, and no second head comes into sight as it would in a mirror.
 *
 * @param view the other square, as fractions of the picture's side; all of it if absent
 */
export function seenSquare(image: Image, view: Quad | undefined): Image {
  if (view === undefined) return image
  const [[left, top], [x1, y1], , [x3, y3]] = view
  const { width: side } = image
  const data = new Uint8Array(image.data.length)
  const colour = new Float64Array(3)
  for (let row = 0, at = 0; row < side; row++) {
    const v = (row + 0.5) / side
    for (let column = 0; column < side; column++, at += 3) {
      const u = (column + 0.5) / side
      const x = left + u * (x3 - left) + v * (x1 - left)
      const y = top + u * (y3 - top) + v * (y1 - top)
      sampleCubic(image, side * within(x) - 0.5, side * within(y) - 0.5, colour)
      for (let channel = 0; channel < 3; channel++) data[at + channel] = toByte(colour[channel]!)
    }
  }
  return { ...image, data }
}

function within(place: number): number {
  return Math.min(1 - frayed, Math.max(frayed, place))
}
