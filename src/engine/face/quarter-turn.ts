import type { Image } from '../runtime.ts'
import type { Face } from './face.ts'
import type { Size } from './view.ts'

/** KeyedSerial of a picture by a quarter, so many times; none of its pixels changes. */

/** The quarter, 0..3, to which an angle in radians is nearest. */
export function quarterOf(angle: number): number {
  return ((Math.round(angle / (Math.PI / 2)) % 4) + 4) % 4
}

/** The picture turned counterclockwise, so that what is turned clockwise by so many quarters stands upright. */
export function quarterTurned(image: Image, quarter: number): Image {
  const [width, height] = quarter % 2 === 0 ? [image.width, image.height] : [image.height, image.width]
  const last = { width: image.width - 1, height: image.height - 1 }
  const data = new Uint8Array(image.data.length)
  for (let v = 0, to = 0; v < height; v++) {
    for (let u = 0; u < width; u++, to += 3) {
      const [x, y] = turnedBack(last, quarter, u, v)
      const from = (y * image.width + x) * 3
      for (let channel = 0; channel < 3; channel++) data[to + channel] = image.data[from + channel]!
    }
  }
  return { width, height, data }
}

/** A face of the turned picture in pixels of the picture of that size. */
export function faceTurnedBack({ box, score, points }: Face, { width, height }: Size, quarter: number): Face {
  const corner = turnedBack({ width, height }, quarter, box.x, box.y)
  const across = turnedBack({ width, height }, quarter, box.x + box.width, box.y + box.height)
  const [left, right] = [Math.min(corner[0], across[0]), Math.max(corner[0], across[0])]
  const [top, bottom] = [Math.min(corner[1], across[1]), Math.max(corner[1], across[1])]
  // Whole numbers are centres of pixels for points, and edges of pixels for boxes.
  const last = { width: width - 1, height: height - 1 }
  return {
    box: { x: left, y: top, width: right - left, height: bottom - top },
    score,
    points: points.map(
      (_, i) => turnedBack(last, quarter, points[i - (i % 2)]!, points[i - (i % 2) + 1]!)[i % 2]!,
    ),
  }
}

/** Where column u and row v of the turned picture lie in the picture that ends at (width, height). */
function turnedBack(
  { width, height }: Size,
  quarter: number,
  u: number,
  v: number,
): readonly [x: number, y: number] {
  if (quarter === 1) return [width - v, u]
  if (quarter === 2) return [width - u, height - v]
  return quarter === 3 ? [v, height - u] : [u, v]
}
