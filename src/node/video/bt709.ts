import type { Image } from '../../engine/runtime.ts'

/** Shares of red, green and blue in the luma (ITU-R BT.709-6, item 3.2). */
const red = 0.2126
const blue = 0.0722
const green = 1 - red - blue

/** In 8 bits luma goes from 16 to 235, the differences of colour (item 3.3) from 16 to 240 around 128 (section 4). */
const black = 16
const lumaStep = 219 / 255
const neutral = 128
const blueStep = 224 / 255 / (2 * (1 - blue))
const redStep = 224 / 255 / (2 * (1 - red))

/**
 * The colours of a picture with even sides as H.264 takes them: a plane of luma, then the blue and the red difference at half
 * the width and height, each the mean of four pixels and so in their middle.
 */
export function bt709Planes({ width, height, data }: Image): Uint8Array {
  const pixels = width * height
  const planes = new Uint8Array((pixels * 3) / 2)
  for (let to = 0, from = 0; to < pixels; to++, from += 3) {
    planes[to] = Math.round(black + lumaStep * lumaOf(data[from]!, data[from + 1]!, data[from + 2]!))
  }
  let to = pixels
  for (let y = 0; y < height; y += 2) {
    for (let x = 0; x < width; x += 2, to++) {
      const above = 3 * (y * width + x)
      const below = above + 3 * width
      const r = meanOfFour(data, above, below)
      const g = meanOfFour(data, above + 1, below + 1)
      const b = meanOfFour(data, above + 2, below + 2)
      const luma = lumaOf(r, g, b)
      planes[to] = Math.round(neutral + blueStep * (b - luma))
      planes[to + pixels / 4] = Math.round(neutral + redStep * (r - luma))
    }
  }
  return planes
}

function lumaOf(r: number, g: number, b: number): number {
  return red * r + green * g + blue * b
}

/** Of a channel: of two pixels side by side, and of the two below. */
function meanOfFour(data: Uint8Array, above: number, below: number): number {
  return (data[above]! + data[above + 3]! + data[below]! + data[below + 3]!) / 4
}
