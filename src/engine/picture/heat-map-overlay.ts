import { landmarkCount, landmarkGroupOf } from '../face/landmark-groups.ts'
import type { FloatTensor } from '../tensor.ts'
import { groupColours } from './drawing.ts'

/** A picture with transparency, 4 bytes a pixel, row by row from the top left; colours are not multiplied by it. */
export interface TranslucentImage {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** The most that is covered, so that the picture below stays to be seen. */
const strongest = 0.85

/**
 * Heat maps [1, 68, H, W] as a picture to be laid over the one that they are of: each group in its colour, as strong as
 * its landmarks are seen.
 *
 * @param groups which of the nine groups are shown
 */
export function heatMapOverlay({ shape, data }: FloatTensor, groups: readonly number[]): TranslucentImage {
  const [, , height, width] = shape as [number, number, number, number]
  const cells = width * height
  const overlay = new Uint8Array(cells * 4)
  const shown = Array.from({ length: landmarkCount }, (_, i) => i).filter((landmark) =>
    groups.includes(landmarkGroupOf(landmark)),
  )
  for (let cell = 0; cell < cells; cell++) {
    let sum = 0
    let most = 0
    const colour = [0, 0, 0]
    for (const landmark of shown) {
      const heat = Math.min(1, Math.max(0, data[landmark * cells + cell]!))
      const groupColour = groupColours[landmarkGroupOf(landmark)]!
      for (const channel of [0, 1, 2]) colour[channel] = colour[channel]! + heat * groupColour[channel]!
      sum += heat
      most = Math.max(most, heat)
    }
    if (sum === 0) continue
    const mixed = colour.map((channel) => channel / sum)
    overlay.set([...mixed, most * strongest * 255].map(Math.round), cell * 4)
  }
  return { width, height, data: overlay }
}
