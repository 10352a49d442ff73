import { MienError } from '../errors.ts'
import { resizeLanczos } from '../picture/lanczos.ts'
import { softPadding } from '../picture/soft-padding.ts'
import type { Image } from '../runtime.ts'
import { type Point, type Quad, sideOf } from './quad.ts'

/** The square is first drawn so many times as large as it is wanted, as FFHQ was. */
const ffhqOversampling = 4

/** A square of fewer pixels is no face. */
const leastSide = 8

/** Landmarks in one place make a square of no side, or of rounding alone. */
const noSide = 1e-6

/** The side of the square is at most so many times the picture's longer side. */
const mostSides = 4

/**
 * The square of a quad as a picture of size x size: shrunk, continued beyond the picture's edges, drawn, and brought
 * to size, step by step as FFHQ was made (the dataset's recreate_aligned_images), so that generators that learnt
 * from it see what they know.
 *
 * @param oversampling less than FFHQ's takes less time, for looking at
 * @throws MienError 'mismatch' for a quad that is no face in this picture: its middle lies outside, or it is tiny, or
 *   several times as large as the picture
 */
export function alignedImage(photo: Image, quad: Quad, size: number, oversampling = ffhqOversampling): Image {
  requireFit(photo, quad)
  const shrink = Math.max(1, Math.floor((sideOf(quad) / size) * 0.5))
  const width = shrink === 1 ? photo.width : Math.max(1, roundEven(photo.width / shrink))
  const height = shrink === 1 ? photo.height : Math.max(1, roundEven(photo.height / shrink))
  const small = quad.map(([x, y]) => [x / shrink, y / shrink] as const) as unknown as Quad
  const side = sideOf(small)
  const border = Math.max(roundEven(side * 0.1), 3)
  const bounds = boundsOf(small)
  const part = {
    left: Math.max(bounds.left - border, 0),
    top: Math.max(bounds.top - border, 0),
    right: Math.min(bounds.right + border, width),
    bottom: Math.min(bounds.bottom + border, height),
  }
  const near = resizeLanczos(photo, width, height, part)
  const moved = movedBy(small, -part.left, -part.top)
  const beyond = marginsOf(moved, near, border)
  if (Math.max(...Object.values(beyond)) <= border - 4) return drawnQuad(near, moved, size, oversampling)
  const least = roundEven(side * 0.3)
  const margins = {
    left: Math.max(beyond.left, least),
    top: Math.max(beyond.top, least),
    right: Math.max(beyond.right, least),
    bottom: Math.max(beyond.bottom, least),
  }
  const padded = softPadding(near, margins, side * 0.02)
  return drawnQuad(padded, movedBy(moved, margins.left, margins.top), size, oversampling)
}

/** Whether a quad can be cut out: its middle lies in the picture, and it is neither tiny nor many times as large. */
export function quadFits({ width, height }: Pick<Image, 'width' | 'height'>, quad: Quad): boolean {
  const [x, y] = middleOf(quad)
  const side = sideOf(quad)
  const inside = x >= 0 && y >= 0 && x <= width && y <= height
  return inside && side >= leastSide && side <= mostSides * Math.max(width, height)
}

function middleOf(quad: Quad): Point {
  const mean = (axis: 0 | 1) => quad.reduce((sum, corner) => sum + corner[axis] / 4, 0)
  return [mean(0), mean(1)]
}

function requireFit(photo: Image, quad: Quad): void {
  if (quadFits(photo, quad)) return
  const { width, height } = photo
  const [[x, y], side] = [middleOf(quad), sideOf(quad)]
  const hint = 'Give the 68 landmarks as pixels of the upright picture, in the order of iBUG 300-W.'
  if (!(side > noSide)) {
    throw new MienError('mismatch', 'The landmarks lie in one place and make no face.', { hint })
  }
  throw new MienError(
    'mismatch',
    `The landmarks do not fit the picture: they make a square of ${side.toFixed(1)} pixels about (${x.toFixed(1)}, ${y.toFixed(1)}) in ${width} x ${height}.`,
    { hint },
  )
}

function movedBy(quad: Quad, dx: number, dy: number): Quad {
  return quad.map(([x, y]) => [x + dx, y + dy] as const) as unknown as Quad
}

function boundsOf(quad: Quad) {
  const [xs, ys] = [quad.map(([x]) => x), quad.map(([, y]) => y)]
  return {
    left: Math.floor(Math.min(...xs)),
    top: Math.floor(Math.min(...ys)),
    right: Math.ceil(Math.max(...xs)),
    bottom: Math.ceil(Math.max(...ys)),
  }
}

/** How far the quad and a border around it reach beyond each side of the picture. */
function marginsOf(quad: Quad, { width, height }: Image, border: number) {
  const { left, top, right, bottom } = boundsOf(quad)
  return {
    left: Math.max(border - left, 0),
    top: Math.max(border - top, 0),
    right: Math.max(right - width + border, 0),
    bottom: Math.max(bottom - height + border, 0),
  }
}

/** The square drawn large with bilinear sampling, then brought to size with Lanczos. */
function drawnQuad(
  image: Image,
  [[x0, y0], [x1, y1], , [x3, y3]]: Quad,
  size: number,
  oversampling: number,
): Image {
  const side = size * oversampling
  const data = new Uint8Array(side * side * 3)
  const { width, height, data: photo } = image
  const [ax, ay, bx, by] = [(x3 - x0) / side, (y3 - y0) / side, (x1 - x0) / side, (y1 - y0) / side]
  // Where the four pixels about a sample begin; many samples lie between the same.
  let [a, b, c, d] = [0, 0, 0, 0]
  let [left, top] = [Number.NaN, Number.NaN]
  for (let v = 0, target = 0; v < side; v++) {
    for (let u = 0; u < side; u++, target += 3) {
      const x = x0 + ax * (u + 0.5) + bx * (v + 0.5)
      const y = y0 + ay * (u + 0.5) + by * (v + 0.5)
      if (x < -0.5 || y < -0.5 || x >= width - 0.5 || y >= height - 0.5) continue
      const [column, row] = [Math.floor(x), Math.floor(y)]
      if (column !== left || row !== top) {
        left = column
        top = row
        const upper = Math.max(0, top) * width
        const lower = Math.min(height - 1, top + 1) * width
        const west = Math.max(0, left)
        const east = Math.min(width - 1, left + 1)
        a = (upper + west) * 3
        b = (upper + east) * 3
        c = (lower + west) * 3
        d = (lower + east) * 3
      }
      const across = x - left
      const down = y - top
      data[target] = between(photo, a, b, c, d, across, down)
      data[target + 1] = between(photo, a + 1, b + 1, c + 1, d + 1, across, down)
      data[target + 2] = between(photo, a + 2, b + 2, c + 2, d + 2, across, down)
    }
  }
  return resizeLanczos({ width: side, height: side, data }, size, size)
}

/** The bilinear mean of the bytes at a, b and, in the row below, c, d. */
function between(
  photo: Uint8Array,
  a: number,
  b: number,
  c: number,
  d: number,
  across: number,
  down: number,
): number {
  const above = photo[a]! * (1 - across) + photo[b]! * across
  const below = photo[c]! * (1 - across) + photo[d]! * across
  return above * (1 - down) + below * down
}

/** Halves go to the even neighbour, as in NumPy. */
function roundEven(value: number): number {
  const down = Math.floor(value)
  const rest = value - down
  if (rest !== 0.5) return Math.round(value)
  return down % 2 === 0 ? down : down + 1
}
