/** Differences beyond this are shown as bright as can be; 0..255. */
const brightest = 96

/**
 * How far two pictures differ, as a picture: black where they agree, over violet and orange to a light yellow. Four
 * bytes a pixel, as a canvas has them; both of one size.
 */
export function differencePixels(a: Uint8ClampedArray, b: Uint8ClampedArray): Uint8ClampedArray<ArrayBuffer> {
  const shown = new Uint8ClampedArray(a.length)
  for (let i = 0; i < a.length; i += 4) {
    const apart =
      (Math.abs(a[i]! - b[i]!) + Math.abs(a[i + 1]! - b[i + 1]!) + Math.abs(a[i + 2]! - b[i + 2]!)) / 3
    const t = Math.min(1, apart / brightest)
    shown[i] = 255 * Math.min(1, 1.6 * t)
    shown[i + 1] = 255 * t ** 1.8
    shown[i + 2] = 255 * (0.9 * Math.sin(Math.PI * Math.min(1, 1.35 * t)) ** 2 * (1 - t) + 0.7 * t ** 5)
    shown[i + 3] = 255
  }
  return shown
}
