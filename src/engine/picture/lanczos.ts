import type { Image } from '../runtime.ts'

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

/**
 * Resizes with a Lanczos window that widens when shrinking, first across, then down, rounding to 8 bits
 * in between: the same arithmetic as Pillow's `Image.resize(…, LANCZOS)`, to the bit. A picture that has
 * the size already is returned as it is.
 */
export function resizeLanczos(image: Image, width: number, height: number): Image {
  let result = image
  if (width !== result.width) result = resampleRows(result, width)
  if (height !== result.height) result = resampleColumns(result, height)
  return result
}

function resampleRows(image: Image, width: number): Image {
  const { starts, counts, weights, stride } = tapsFor(image.width, width)
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
        red += source[from]! * weight
        green += source[from + 1]! * weight
        blue += source[from + 2]! * weight
      }
      data[target++] = clip(red >> precision)
      data[target++] = clip(green >> precision)
      data[target++] = clip(blue >> precision)
    }
  }
  return { width, height: image.height, data }
}

function resampleColumns(image: Image, height: number): Image {
  const { starts, counts, weights, stride } = tapsFor(image.height, height)
  const rowBytes = image.width * 3
  const data = new Uint8Array(rowBytes * height)
  const sums = new Int32Array(rowBytes)
  for (let y = 0; y < height; y++) {
    sums.fill(1 << (precision - 1))
    for (let tap = 0; tap < counts[y]!; tap++) {
      const weight = weights[y * stride + tap]!
      const row = (starts[y]! + tap) * rowBytes
      for (let i = 0; i < rowBytes; i++) sums[i] = sums[i]! + image.data[row + i]! * weight
    }
    for (let i = 0; i < rowBytes; i++) data[y * rowBytes + i] = clip(sums[i]! >> precision)
  }
  return { width: image.width, height, data }
}

function tapsFor(inSize: number, outSize: number): Taps {
  const scale = inSize / outSize
  const widening = Math.max(scale, 1)
  const support = lobes * widening
  const stride = Math.ceil(support) * 2 + 1
  const starts = new Int32Array(outSize)
  const counts = new Int32Array(outSize)
  const weights = new Int32Array(outSize * stride)
  const exact = new Float64Array(stride)
  for (let i = 0; i < outSize; i++) {
    const centre = (i + 0.5) * scale
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
