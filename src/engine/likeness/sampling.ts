import type { Image } from '../runtime.ts'

/**
 * The colours of a picture at a place between its pixels, by cubic convolution (Keys 1981, a = -1/2), which keeps the
 * grain of photographs where bilinear sampling would smooth it away. Beyond the picture its edge counts on.
 *
 * @param into three values, 0..255 and a little beyond, not rounded
 */
export function sampleCubic({ width, height, data }: Image, x: number, y: number, into: Float64Array): void {
  const left = Math.floor(x)
  const top = Math.floor(y)
  const s = x - left
  const t = y - top
  const s0 = outer(s)
  const s1 = inner(s)
  const s2 = inner(1 - s)
  const s3 = outer(1 - s)
  const isInside = left >= 1 && left < width - 2
  const c0 = 3 * (isInside ? left - 1 : clamped(left - 1, width))
  const c1 = 3 * (isInside ? left : clamped(left, width))
  const c2 = 3 * (isInside ? left + 1 : clamped(left + 1, width))
  const c3 = 3 * (isInside ? left + 2 : clamped(left + 2, width))
  let red = 0
  let green = 0
  let blue = 0
  for (let k = -1; k < 3; k++) {
    const row = 3 * width * clamped(top + k, height)
    const weight = k === -1 ? outer(t) : k === 0 ? inner(t) : k === 1 ? inner(1 - t) : outer(1 - t)
    const p = row + c0
    const q = row + c1
    const r = row + c2
    const u = row + c3
    red += weight * (s0 * data[p]! + s1 * data[q]! + s2 * data[r]! + s3 * data[u]!)
    green += weight * (s0 * data[p + 1]! + s1 * data[q + 1]! + s2 * data[r + 1]! + s3 * data[u + 1]!)
    blue += weight * (s0 * data[p + 2]! + s1 * data[q + 2]! + s2 * data[r + 2]! + s3 * data[u + 2]!)
  }
  into[0] = red
  into[1] = green
  into[2] = blue
}

/** The kernel at a distance of t, 0..1. */
function inner(t: number): number {
  return (1.5 * t - 2.5) * t * t + 1
}

/** The kernel at a distance of 1 + t. */
function outer(t: number): number {
  return ((-0.5 * t + 1) * t - 0.5) * t
}

function clamped(index: number, length: number): number {
  return index < 0 ? 0 : index >= length ? length - 1 : index
}
