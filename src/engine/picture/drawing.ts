import { landmarkGroups } from '../face/landmark-groups.ts'
import type { Image } from '../runtime.ts'

export type Colour = readonly [red: number, green: number, blue: number]

/** A picture of one colour. */
export function blankImage(width: number, height: number, [red, green, blue]: Colour): Image {
  const data = new Uint8Array(width * height * 3)
  for (let i = 0; i < data.length; i += 3) {
    data[i] = red
    data[i + 1] = green
    data[i + 2] = blue
  }
  return { width, height, data }
}

/** Copies `source` into `target` with its top left corner at (left, top); it must fit. */
export function paste(target: Image, source: Image, left: number, top: number): void {
  for (let y = 0; y < source.height; y++) {
    const row = source.data.subarray(y * source.width * 3, (y + 1) * source.width * 3)
    target.data.set(row, ((top + y) * target.width + left) * 3)
  }
}

/** One colour a group of landmarks, told apart on skin and in the common kinds of colour blindness. */
export const groupColours: readonly Colour[] = [
  [0, 158, 115],
  [240, 228, 66],
  [240, 228, 66],
  [204, 121, 167],
  [204, 121, 167],
  [86, 180, 233],
  [86, 180, 233],
  [255, 120, 40],
  [255, 190, 120],
]

/** Groups whose last point joins the first: eyes and lips. */
const closedFrom = 5

/** A copy of the picture with the 68 landmarks drawn in: dots, joined within each group. */
export function withLandmarks(image: Image, points: Float32Array): Image {
  // Not data.slice(): a host may hand in a subclass, such as Node's Buffer, that shares its memory.
  const drawn = { ...image, data: new Uint8Array(image.data) }
  const radius = Math.max(1, image.width / 170)
  landmarkGroups.forEach(({ start, end }, group) => {
    const colour = groupColours[group]!
    for (let i = start; i < end; i++) {
      const next = i + 1 < end ? i + 1 : group >= closedFrom ? start : i
      drawLine(drawn, points, i, next, radius * 0.45, colour)
    }
    for (let i = start; i < end; i++) drawDot(drawn, points[2 * i]!, points[2 * i + 1]!, radius, colour)
  })
  return drawn
}

function drawLine(image: Image, points: Float32Array, a: number, b: number, radius: number, colour: Colour) {
  const [ax, ay, bx, by] = [points[2 * a]!, points[2 * a + 1]!, points[2 * b]!, points[2 * b + 1]!]
  const steps = Math.ceil(Math.hypot(bx - ax, by - ay) * 2)
  for (let i = 0; i <= steps; i++) {
    const t = steps === 0 ? 0 : i / steps
    drawDot(image, ax + (bx - ax) * t, ay + (by - ay) * t, radius, colour)
  }
}

/** A round dot whose edge fades over a pixel; pixel centres lie at halves. */
function drawDot({ width, height, data }: Image, x: number, y: number, radius: number, colour: Colour) {
  const reach = radius + 1
  for (let row = Math.max(0, Math.floor(y - reach)); row < Math.min(height, y + reach); row++) {
    for (let column = Math.max(0, Math.floor(x - reach)); column < Math.min(width, x + reach); column++) {
      const distance = Math.hypot(column + 0.5 - x, row + 0.5 - y)
      const cover = Math.min(1, Math.max(0, radius + 0.5 - distance))
      const at = (row * width + column) * 3
      for (let channel = 0; channel < 3; channel++) {
        data[at + channel] = data[at + channel]! + (colour[channel]! - data[at + channel]!) * cover
      }
    }
  }
}
