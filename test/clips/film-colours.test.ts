import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as mb from 'mediabunny'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { crop } from '../../src/engine/picture/crop.ts'
import { blankImage, paste } from '../../src/engine/picture/drawing.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { openClip } from '../../src/node/clips/clip.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { bt709Planes } from '../../src/node/video/bt709.ts'
import { openFilm } from '../../src/node/video/film.ts'
import { openMp4 } from '../../src/node/video/mp4.ts'
import { browserPath, hasChromium } from '../web/studio.ts'
import { renamed } from './drawn-video.ts'

type Colour = readonly [number, number, number]

describe('the planes of BT.709', () => {
  // The bars of full colours, as test charts give them in 8 bits.
  test.each<[name: string, rgb: Colour, yuv: Colour]>([
    ['white', [255, 255, 255], [235, 128, 128]],
    ['yellow', [255, 255, 0], [219, 16, 138]],
    ['cyan', [0, 255, 255], [188, 154, 16]],
    ['green', [0, 255, 0], [173, 42, 26]],
    ['magenta', [255, 0, 255], [78, 214, 230]],
    ['red', [255, 0, 0], [63, 102, 240]],
    ['blue', [0, 0, 255], [32, 240, 118]],
    ['black', [0, 0, 0], [16, 128, 128]],
  ])('have %s where it belongs', (_, rgb, [y, u, v]) => {
    expect([...bt709Planes(blankImage(2, 2, rgb))]).toEqual([y, y, y, y, u, v])
  })

  test('have the brightness of each pixel, and the mean colour of four', () => {
    const image = blankImage(4, 4, [0, 0, 0])
    const dot = blankImage(1, 1, [255, 0, 0])
    paste(image, dot, 2, 0)
    paste(image, dot, 3, 1)
    const luma = [16, 16, 63, 16, 16, 16, 16, 63, ...Array(8).fill(16)]
    expect([...bt709Planes(image)]).toEqual([...luma, 128, 115, 128, 128, 128, 184, 128, 128])
  })
})

describe('the label of a film', () => {
  const bt709 = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false }

  async function labelIn(bytes: Uint8Array) {
    const input = new mb.Input({ source: new mb.BufferSource(bytes), formats: [mb.MP4] })
    const config = await (await input.getPrimaryVideoTrack())!.getDecoderConfig()
    return [config?.codedWidth, config?.codedHeight, config?.colorSpace]
  }

  // The description of the stream ends at another bit for each.
  test.each([
    [16, 16],
    [64, 16],
    [258, 130],
    [1000, 250],
    [2048, 512],
  ])('is BT.709 in the container and in the stream, at %i x %i', async (width, height) => {
    const video = await openMp4(width, height, 30)
    video.add(blankImage(width, height, [90, 50, 30]))
    const bytes = video.finish()
    expect(Buffer.from(bytes).toString('latin1')).toContain('colrnclx\0\x01\0\x01\0\x01\0')
    expect(await labelIn(bytes)).toEqual([width, height, bt709])
    expect(await labelIn(renamed(bytes, 'colr', 'free'))).toEqual([width, height, bt709])
  })
})

describe.runIf(hasChromium)('a film shows the colours of its pictures', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-colours-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const colours: readonly Colour[] = [
    [255, 255, 255],
    [128, 128, 128],
    [0, 0, 0],
    [224, 172, 140],
    [90, 50, 30],
    [200, 60, 40],
    [40, 180, 60],
    [60, 100, 160],
  ]
  let portrait: Image
  let file: string
  beforeAll(async () => {
    portrait = await sharpCodec.decode(readFileSync('models/examples/look.png'), 'look.png')
    const side = portrait.height
    const stripes = blankImage(side, side, [0, 0, 0])
    for (const [i, colour] of colours.entries()) {
      paste(stripes, blankImage(side / colours.length, side, colour), (i * side) / colours.length, 0)
    }
    const film = await openFilm(portrait, { image: stripes })
    film.add({ image: portrait }, { image: stripes })
    file = join(folder, 'film.mp4')
    writeFileSync(file, film.finish())
  })

  test.each([
    ['<video>', playedFrame],
    ['WebCodecs', decodedFrame],
  ])('by %s', async (_, frameOf) => {
    const frame = await frameOf(file)
    const side = portrait.height
    for (const [i, colour] of colours.entries()) {
      const width = side / colours.length
      const stripe = crop(frame, 3 * side + i * width + 4, 4, width - 8, side - 8)
      const off = offBy(stripe, blankImage(stripe.width, stripe.height, colour))
      // Blue as well, for whose weight Chromium takes 2 instead of 2.11 where the processor converts.
      expect(Math.max(...off.map(Math.abs)), `of ${colour}: ${off}`).toBeLessThan(6)
    }
    const off = offBy(crop(frame, side, 0, side, side), portrait)
    expect(Math.max(...off.map(Math.abs)), `of the portrait: ${off}`).toBeLessThan(0.5)
  })
})

/** How much more red, green and blue a picture has than another, on average. */
function offBy(image: Image, other: Image): readonly number[] {
  const sums = [0, 0, 0]
  for (const [i, value] of image.data.entries()) sums[i % 3]! += value - other.data[i]!
  return sums.map((sum) => (3 * sum) / image.data.length)
}

async function decodedFrame(path: string): Promise<Image> {
  for await (const { image } of (await openClip(path)).frames(0, 1)) return image
  throw new Error('no frame')
}

async function playedFrame(path: string): Promise<Image> {
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage()
    const png = await page.evaluate(shownByVideo, readFileSync(path, 'base64'))
    return await sharpCodec.decode(Buffer.from(png, 'base64'), 'a frame')
  } finally {
    await browser.close()
  }
}

/** In the page: a PNG of the first frame. */
async function shownByVideo(mp4: string): Promise<string> {
  const video = document.createElement('video')
  await new Promise<void>((resolve, reject) => {
    // What is loaded is not shown before it is sought.
    video.onloadeddata = () => {
      video.currentTime = 0.01
    }
    video.onseeked = () => resolve()
    video.onerror = () => reject(new Error(video.error?.message))
    video.src = `data:video/mp4;base64,${mp4}`
  })
  const canvas = document.createElement('canvas')
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  canvas.getContext('2d')!.drawImage(video, 0, 0)
  return canvas.toDataURL().split(',')[1]!
}
