import type { Image } from '../runtime.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'

/**
 * What a network sees of a picture: column u and row v of its input show the place
 * (x + a u - b v, y + b u + a v), so that a turn and a scale are one pair of numbers. Whole numbers are centres of
 * pixels.
 */
export interface View {
  readonly x: number
  readonly y: number
  readonly a: number
  readonly b: number
}

/** A view without turn: so many pixels of the picture a column, from (x, y). */
export function uprightView(x: number, y: number, step: number): View {
  return { x, y, a: step, b: 0 }
}

/** A view whose middle shows (x, y), turned clockwise by `angle` radians, so many pixels of the picture a column. */
export function turnedView(x: number, y: number, step: number, angle: number, size: Size): View {
  const [a, b] = [step * Math.cos(angle), step * Math.sin(angle)]
  const [u, v] = [size.width / 2, size.height / 2]
  return { x: x - a * u + b * v, y: y - b * u - a * v, a, b }
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** The place in the picture that column u and row v show. */
export function placeOf({ x, y, a, b }: View, u: number, v: number): readonly [x: number, y: number] {
  return [x + a * u - b * v, y + b * u + a * v]
}

/**
 * The view as [1, 3, height, width], 0..255: bilinear, black outside the picture. At the far end of the longer side
 * the last pixel counts on, as TensorFlow's resizeBilinear has it for a picture that was padded to a square.
 */
export function viewTensor(image: Image, view: View, { width, height }: Size): FloatTensor {
  const area = width * height
  const planes = new Float32Array(3 * area)
  const far = Math.max(image.width, image.height) - 1
  let pixel = 0
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++, pixel++) {
      const x = view.x + view.a * u - view.b * v
      const y = view.y + view.b * u + view.a * v
      const left = Math.floor(x)
      const top = Math.floor(y)
      const right = left === far ? left : left + 1
      const bottom = top === far ? top : top + 1
      const across = x - left
      const down = y - top
      addPixel(planes, pixel, area, image, left, top, (1 - across) * (1 - down))
      addPixel(planes, pixel, area, image, right, top, across * (1 - down))
      addPixel(planes, pixel, area, image, left, bottom, (1 - across) * down)
      addPixel(planes, pixel, area, image, right, bottom, across * down)
    }
  }
  return floatTensor([1, 3, height, width], planes)
}

function addPixel(
  planes: Float32Array,
  pixel: number,
  area: number,
  { width, height, data }: Image,
  x: number,
  y: number,
  weight: number,
): void {
  if (x < 0 || y < 0 || x >= width || y >= height) return
  const from = (y * width + x) * 3
  planes[pixel]! += data[from]! * weight
  planes[pixel + area]! += data[from + 1]! * weight
  planes[pixel + 2 * area]! += data[from + 2]! * weight
}

/** The view as a picture. */
export function viewImage(image: Image, view: View, size: Size): Image {
  const { data: planes } = viewTensor(image, view, size)
  const area = size.width * size.height
  const data = new Uint8Array(3 * area)
  for (let pixel = 0; pixel < area; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      data[pixel * 3 + channel] = Math.round(planes[channel * area + pixel]!)
    }
  }
  return { ...size, data }
}
