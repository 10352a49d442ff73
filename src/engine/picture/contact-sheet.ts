import type { Image } from '../runtime.ts'
import { blankImage, type Colour, paste } from './drawing.ts'
import { glyphAdvance, glyphHeight, labelPixels } from './font.ts'
import { resizeLanczos } from './lanczos.ts'

/** A picture with what it shows, in lower-case letters and digits. */
export interface Panel {
  readonly label: string
  readonly image: Image
}

const ground: Colour = [24, 24, 27]
const ink: Colour = [212, 212, 216]
const smallestPanel = 256
const largestPanel = 512

/**
 * The panels side by side, each with its label below, in rows of so many. Small pictures are enlarged, large ones shrunk.
 */
export function contactSheet(panels: readonly Panel[], columns = panels.length): Image {
  const side = Math.min(largestPanel, Math.max(smallestPanel, panels[0]?.image.height ?? 0))
  const gap = side >> 4
  const scale = Math.max(2, Math.round(side / 170))
  const strip = glyphHeight * scale + gap
  const row = gap + side + gap + strip
  const sheet = blankImage(columns * (side + gap) + gap, row * Math.ceil(panels.length / columns), ground)
  panels.forEach(({ label, image }, i) => {
    const left = gap + (i % columns) * (side + gap)
    const top = gap + Math.floor(i / columns) * row
    paste(sheet, resizeLanczos(image, side, side), left, top)
    const width = (label.length * glyphAdvance - 1) * scale
    drawLabel(sheet, label, left + ((side - width) >> 1), top + side + gap, scale)
  })
  return sheet
}

/** As many characters as fit under a picture. */
const longestLabel = 20

/** A name as a label, which has small letters and digits only. */
export function labelOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim()
    .slice(0, longestLabel)
}

function drawLabel(target: Image, text: string, left: number, top: number, scale: number): void {
  const dot = blankImage(scale, scale, ink)
  for (const [x, y] of labelPixels(text)) paste(target, dot, left + x * scale, top + y * scale)
}
