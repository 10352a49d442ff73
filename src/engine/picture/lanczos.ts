import type { Image } from '../runtime.ts'
import { crop } from './crop.ts'

/** Lanczos with three lobes on either side. */
const lobes = 3

/** Fixed-point weights have so many fractional bits: 8 bits of picture and 2 of headroom stay free in 32. */
const precision = 22

/** The source pixels and weights that make each pixel of one output row or column. */
interface Taps {
  readonly starts: Int32Array
  readonly counts: Int32Array
  /** `stride` weights for each output pixel, in fixed point. */
  readonly weights: Int32Array
  readonly stride: number
}

/** Columns `left` to `right` and rows `top` to `bottom`, the latter exclusive. */
export interface Part {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/**
 * Resizes with a Lanczos window that widens when shrinking, first across, then down, rounding to 8 bits
 * in between: the same arithmetic as Pillow's `Image.resize(…, LANCZOS)`, to the bit. A picture that has
 * the size already is returned as it is. With `part`, only that part of the result is computed.
 */
export function resizeLanczos(image: Image, width: number, height: number, part?: Part): Image {
  const { left, top, right, bottom } = part ?? { left: 0, top: 0, right: width, bottom: height }
  if (height === image.height) {
    return resampledAcross(crop(image, 0, top, image.width, bottom - top), width, left, right)
  }
  // Only the rows that the result needs are resampled across.
  const rows = tapsFor(image.height, height, top, bottom)
  const first = rows.starts[0]!
  const last = rows.starts.at(-1)! + rows.counts.at(-1)!
  const wide = resampledAcross(crop(image, 0, first, image.width, last - first), width, left, right)
  return resampleColumns(wide, { ...rows, starts: rows.starts.map((start) => start - first) })
}

function resampledAcross(image: Image, width: number, left: number, right: number): Image {
  if (width === image.width) return crop(image, left, 0, right - left, image.height)
  return resampleRows(image, tapsFor(image.width, width, left, right))
}

function resampleRows(image: Image, { starts, counts, weights, stride }: Taps): Image {
  const width = starts.length
  const source = image.data
  const data = new Uint8Array(width * image.height * 3)
  let target = 0
  for (let y = 0; y < image.height; y++) {
    const row = y * image.width * 3
    for (let x = 0; x < width; x++) {
      let red = 1 << (precision - 1)
      let green = red
      let blue = red
      let from = row + starts[x]! * 3
      const end = x * stride + counts[x]!
      for (let tap = x * stride; tap < end; tap++, from += 3) {
        const weight = weights[tap]!
        red = (red + Math.imul(source[from]!, weight)) | 0
        green = (green + Math.imul(source[from + 1]!, weight)) | 0
        blue = (blue + Math.imul(source[from + 2]!, weight)) | 0
      }
      data[target++] = clip(red >> precision)
      data[target++] = clip(green >> precision)
      data[target++] = clip(blue >> precision)
    }
  }
  return { width, height: image.height, data }
}

function resampleColumns(image: Image, { starts, counts, weights, stride }: Taps): Image {
  const height = starts.length
  const rowBytes = image.width * 3
  const source = image.data
  const data = new Uint8Array(rowBytes * height)
  const sums = new Int32Array(rowBytes)
  for (let y = 0; y < height; y++) {
    sums.fill(1 << (precision - 1))
    for (let tap = 0; tap < counts[y]!; tap++) {
      const weight = weights[y * stride + tap]!
      const row = (starts[y]! + tap) * rowBytes
      for (let i = 0; i < rowBytes; i++) sums[i] = sums[i]! + Math.imul(source[row + i]!, weight)
    }
    for (let i = 0; i < rowBytes; i++) data[y * rowBytes + i] = clip(sums[i]! >> precision)
  }
  return { width: image.width, height, data }
}

/** The taps of elements `from` to `to` of a row or column of `outSize`. */
function tapsFor(inSize: number, outSize: number, from: number, to: number): Taps {
  const scale = inSize / outSize
  const widening = Math.max(scale, 1)
  const support = lobes * widening
  const stride = Math.ceil(support) * 2 + 1
  const starts = new Int32Array(to - from)
  const counts = new Int32Array(to - from)
  const weights = new Int32Array((to - from) * stride)
  const exact = new Float64Array(stride)
  for (let i = 0; i < to - from; i++) {
    const centre = (from + i + 0.5) * scale
    const start = Math.max(0, Math.trunc(centre - support + 0.5))
    const count = Math.min(inSize, Math.trunc(centre + support + 0.5)) - start
    let sum = 0
    for (let tap = 0; tap < count; tap++) {
      exact[tap] = window((tap + start - centre + 0.5) / widening)
      sum += exact[tap]!
    }
    for (let tap = 0; tap < count; tap++) {
      const fixed = (sum === 0 ? exact[tap]! : exact[tap]! / sum) * (1 << precision)
      weights[i * stride + tap] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5)
    }
    starts[i] = start
    counts[i] = count
  }
  return { starts, counts, weights, stride }
}

function window(x: number): number {
  return x >= -lobes && x < lobes ? sinc(x) * sinc(x / lobes) : 0
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI)
}

function clip(value: number): number {
  return Math.min(Math.max(value, 0), 255)
}
