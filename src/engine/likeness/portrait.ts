import { type Quad, sideOf } from '../face/quad.ts'
import type { Image } from '../runtime.ts'

/** A face in a picture: its aligned square, and its landmarks in it. */
export interface Portrait {
  readonly image: Image
  readonly quad: Quad
  /** 68 x (x, y) as fractions of the square's side. */
  readonly points: Float32Array
}

/** A square is as large as the photograph has it, within these. */
const [leastSide, mostSide] = [256, 1024]

/** Pixels of the side that a square has when it is cut out as the photograph has it. */
export function naturalSide(quad: Quad): number {
  return Math.min(mostSide, Math.max(leastSide, Math.round(sideOf(quad))))
}

/** The same where it is wanted no larger than that. */
export function squareSide(quad: Quad, wanted = mostSide): number {
  return Math.min(wanted, naturalSide(quad))
}

/** The square of a whole picture that is an aligned square itself; whole numbers are centres of pixels. */
export function wholeQuad(side: number): Quad {
  const [near, far] = [-0.5, side - 0.5]
  return [
    [near, near],
    [near, far],
    [far, far],
    [far, near],
  ]
}

/** Between places in a square, as fractions of its side, and pixels of the picture: a similarity. */
export interface Frame {
  /** The square's top left corner. */
  readonly x: number
  readonly y: number
  /** From there to its top right corner. */
  readonly a: number
  readonly b: number
}

export function frameOf([[x, y], , , [right, across]]: Quad): Frame {
  return { x, y, a: right - x, b: across - y }
}

/** Columns and rows of a picture, the ends exclusive, that the part of a square between two places lies in. */
export function pixelsWithin(
  { width, height }: Image,
  { x, y, a, b }: Frame,
  [left, top, right, bottom]: readonly [number, number, number, number],
) {
  const corners = [
    [left, top],
    [right, top],
    [left, bottom],
    [right, bottom],
  ] as const
  const xs = corners.map(([u, v]) => x + u * a - v * b)
  const ys = corners.map(([u, v]) => y + u * b + v * a)
  return {
    left: Math.max(0, Math.floor(Math.min(...xs))),
    top: Math.max(0, Math.floor(Math.min(...ys))),
    right: Math.min(width, Math.ceil(Math.max(...xs)) + 1),
    bottom: Math.min(height, Math.ceil(Math.max(...ys)) + 1),
  }
}

/** Calls with the place in the square of each pixel that lies between two places of it, and where its colours are in the picture. */
export function forEachPixel(
  image: Image,
  quad: Quad,
  bounds: readonly [number, number, number, number],
  call: (u: number, v: number, at: number) => void,
): void {
  const frame = frameOf(quad)
  const { x, y, a, b } = frame
  const square = a * a + b * b
  const { left, top, right, bottom } = pixelsWithin(image, frame, bounds)
  for (let row = top; row < bottom; row++) {
    const dy = row - y
    for (let column = left; column < right; column++) {
      const dx = column - x
      call((dx * a + dy * b) / square, (dy * a - dx * b) / square, 3 * (row * image.width + column))
    }
  }
}
