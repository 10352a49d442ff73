import type { Locator } from 'playwright-core'
import sharp from 'sharp'
import { expect } from 'vitest'

/** Colours are compared on so many places in each direction. */
const side = 24

/** What is to be seen of an element: the colours of a grid over it. */
export async function seen(element: Locator): Promise<Buffer> {
  const shot = await element.screenshot()
  return sharp(shot).resize(side, side, { fit: 'fill' }).removeAlpha().raw().toBuffer()
}

/** The picture of an image element, to the pixel. */
export function pixelsOf(image: Locator): Promise<string> {
  return image.evaluate((element) => {
    const shown = element as HTMLImageElement
    const canvas = document.createElement('canvas')
    canvas.width = shown.naturalWidth
    canvas.height = shown.naturalHeight
    canvas.getContext('2d')!.drawImage(shown, 0, 0)
    return canvas.toDataURL()
  })
}

/** How far two views are from each other, in the mean of all places and colours, 0..255. */
export function apart(a: Buffer, b: Buffer): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length
}

/** Two pictures that a viewer would call the same, though they were scaled and encoded anew. */
const same = 3
/** Two that nobody would. */
const other = 6

/** Waits until an element looks otherwise than that view; what it looks like then. */
export async function looksOtherThan(element: Locator, view: Buffer): Promise<Buffer> {
  let now = view
  await expect
    .poll(async () => {
      now = await seen(element)
      return apart(now, view)
    })
    .toBeGreaterThan(other)
  return now
}

/** Waits until an element looks like that view. */
export async function looksLike(element: Locator, view: Buffer): Promise<void> {
  await expect.poll(async () => apart(await seen(element), view)).toBeLessThan(same)
}
