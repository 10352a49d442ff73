import type { Image } from '../runtime.ts'
import { frameOf, type Portrait, pixelsWithin } from './portrait.ts'
import { sampleCubic } from './sampling.ts'
import { fieldMargin, type Shift, shiftAt, type WarpField } from './warp-field.ts'

/** What moves by less, in pixels, stays: sampled between pixels it would change by less than a step of 8 bits. */
const leastMove = 0.01

/** Around which something may move: the field's own square. */
const fieldBounds = [-fieldMargin, -fieldMargin, 1 + fieldMargin, 1 + fieldMargin] as const

/** The portrait's whole picture with its face moved as the field says. Where nothing moves, its bytes are the same. */
export function warpedPicture(portrait: Pick<Portrait, 'image' | 'quad'>, field: WarpField): Image {
  return movedPicture(portrait, (u, v, into) => shiftAt(field, u, v, into), fieldBounds)
}

/**
 * The same by any shift of places, in fractions of the square.
 *
 * @param bounds left, top, right and bottom: nothing moves beyond
 */
export function movedPicture(
  { image, quad }: Pick<Portrait, 'image' | 'quad'>,
  shiftOf: Shift,
  bounds: readonly [number, number, number, number],
): Image {
  const data = image.data.slice()
  const frame = frameOf(quad)
  const { x, y, a, b } = frame
  const square = a * a + b * b
  const least = leastMove / Math.sqrt(square)
  const { left, top, right, bottom } = pixelsWithin(image, frame, bounds)
  const shift = new Float64Array(2)
  const colour = new Float64Array(3)
  for (let row = top; row < bottom; row++) {
    const dy = row - y
    for (let column = left; column < right; column++) {
      const dx = column - x
      shiftOf((dx * a + dy * b) / square, (dy * a - dx * b) / square, shift)
      const u = shift[0]!
      const v = shift[1]!
      if (Math.abs(u) < least && Math.abs(v) < least) continue
      sampleCubic(image, column + u * a - v * b, row + u * b + v * a, colour)
      const at = 3 * (row * image.width + column)
      data[at] = toByte(colour[0]!)
      data[at + 1] = toByte(colour[1]!)
      data[at + 2] = toByte(colour[2]!)
    }
  }
  return { width: image.width, height: image.height, data }
}

/** Rounded and clamped to 0..255. */
export function toByte(value: number): number {
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.floor(value + 0.5)
}
