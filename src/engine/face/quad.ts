import type { PictureSize } from '../runtime.ts'

export type Point = readonly [x: number, y: number]

/** Top left, bottom left, bottom right, top right; pixels of the picture, whole numbers being centres of pixels. */
export type Quad = readonly [Point, Point, Point, Point]

/** Of the coordinates of its corners, 4 x (x, y). */
export function quadFrom(numbers: ArrayLike<number>): Quad {
  const corner = (i: number): Point => [numbers[2 * i]!, numbers[2 * i + 1]!]
  return [corner(0), corner(1), corner(2), corner(3)]
}

/** A quad of a picture, in the same picture of another size. */
export function quadInSize(quad: Quad, from: PictureSize, to: PictureSize): Quad {
  const [across, down] = [to.width / from.width, to.height / from.height]
  return quadFrom(quad.flatMap(([x, y]) => [(x + 0.5) * across - 0.5, (y + 0.5) * down - 0.5]))
}

/**
 * The square of FFHQ around a face (Karras et al. 2019, "A Style-Based Generator Architecture", the dataset's
 * recreate_aligned_images): level with the eyes, centred a tenth of the way from the eyes to the mouth.
 *
 * @param points 68 x (x, y)
 */
export function ffhqQuad(points: ArrayLike<number>): Quad {
  const [leftEye, rightEye] = [meanPoint(points, 36, 42), meanPoint(points, 42, 48)]
  const eyes: Point = [(leftEye[0] + rightEye[0]) / 2, (leftEye[1] + rightEye[1]) / 2]
  const across: Point = [rightEye[0] - leftEye[0], rightEye[1] - leftEye[1]]
  // The corners of the mouth.
  const mouth: Point = [(points[96]! + points[108]!) / 2, (points[97]! + points[109]!) / 2]
  const down: Point = [mouth[0] - eyes[0], mouth[1] - eyes[1]]
  const direction: Point = [across[0] + down[1], across[1] - down[0]]
  const length = Math.max(Math.hypot(...across) * 2, Math.hypot(...down) * 1.8) / Math.hypot(...direction)
  const [x, y] = [direction[0] * length, direction[1] * length]
  const [cx, cy] = [eyes[0] + down[0] * 0.1, eyes[1] + down[1] * 0.1]
  return [
    [cx - x + y, cy - y - x],
    [cx - x - y, cy - y + x],
    [cx + x - y, cy + y + x],
    [cx + x + y, cy + y - x],
  ]
}

/** The mean of landmarks, `end` exclusive. */
export function meanPoint(points: ArrayLike<number>, start: number, end: number): Point {
  let [x, y] = [0, 0]
  for (let i = start; i < end; i++) {
    x += points[2 * i]! / (end - start)
    y += points[2 * i + 1]! / (end - start)
  }
  return [x, y]
}

/** Between the centres of the two groups of six eye points, in the points' unit. */
export function eyesDistance(points: ArrayLike<number>): number {
  const [left, right] = [meanPoint(points, 36, 42), meanPoint(points, 42, 48)]
  return Math.hypot(left[0] - right[0], left[1] - right[1])
}

/** The length of a side. */
export function sideOf([[left, top], , , [right, bottom]]: Quad): number {
  return Math.hypot(right - left, bottom - top)
}

/**
 * Where points of the picture lie in the aligned square, as fractions of its side from its top left corner.
 *
 * @param points n x (x, y), pixels of the picture
 * @returns n x (x, y); 0..1 inside
 */
export function pointsInQuad(points: ArrayLike<number>, quad: Quad): Float32Array {
  const [[x0, y0], , , [x1, y1]] = quad
  const [ax, ay] = [x1 - x0, y1 - y0]
  const square = ax * ax + ay * ay
  const inside = new Float32Array(points.length)
  for (let i = 0; i < points.length; i += 2) {
    const [dx, dy] = [points[i]! - x0, points[i + 1]! - y0]
    inside[i] = (dx * ax + dy * ay) / square
    inside[i + 1] = (dy * ax - dx * ay) / square
  }
  return inside
}
