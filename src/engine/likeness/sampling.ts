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
  const t0 = outer(t)
  const t1 = inner(t)
  const t2 = inner(1 - t)
  const t3 = outer(1 - t)
  const isInside = left >= 1 && left < width - 2 && top >= 1 && top < height - 2
  const c0 = 3 * (isInside ? left - 1 : clamped(left - 1, width))
  const c1 = isInside ? c0 + 3 : 3 * clamped(left, width)
  const c2 = isInside ? c0 + 6 : 3 * clamped(left + 1, width)
  const c3 = isInside ? c0 + 9 : 3 * clamped(left + 2, width)
  const stride = 3 * width
  const r0 = isInside ? stride * (top - 1) : stride * clamped(top - 1, height)
  const r1 = isInside ? r0 + stride : stride * clamped(top, height)
  const r2 = isInside ? r1 + stride : stride * clamped(top + 1, height)
  const r3 = isInside ? r2 + stride : stride * clamped(top + 2, height)
  for (let c = 0; c < 3; c++) {
    const [p, q, r, u] = [c0 + c, c1 + c, c2 + c, c3 + c]
    into[c] =
      t0 * (s0 * data[r0 + p]! + s1 * data[r0 + q]! + s2 * data[r0 + r]! + s3 * data[r0 + u]!) +
      t1 * (s0 * data[r1 + p]! + s1 * data[r1 + q]! + s2 * data[r1 + r]! + s3 * data[r1 + u]!) +
      t2 * (s0 * data[r2 + p]! + s1 * data[r2 + q]! + s2 * data[r2 + r]! + s3 * data[r2 + u]!) +
      t3 * (s0 * data[r3 + p]! + s1 * data[r3 + q]! + s2 * data[r3 + r]! + s3 * data[r3 + u]!)
  }
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
