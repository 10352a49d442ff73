import * as mb from 'mediabunny'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { codedFrames, type onPage } from '../clips/browser-video.ts'
import { type Coded, contained, steady } from '../clips/drawn-video.ts'
import { photograph } from './dropped.ts'

export const clipRate = 12

export const webm = () => new mb.WebMOutputFormat()

/** Pixels of the side of a clip's frames. */
const side = 320

/** Where a single face is in these photographs, with some room around it. */
const faces = {
  'sample1.jpg': { left: 310, top: 250, width: 400, height: 400 },
  'sample6.jpg': { left: 1400, top: 180, width: 400, height: 400 },
}

/** Does it on a page that is open. */
export const onOpen =
  (page: Page): typeof onPage =>
  (run) =>
    run(page)

/** Pixels by which a face goes to either side at most. */
const reach = 24

const raw = (width: number, height: number) => ({ raw: { width, height, channels: 4 } }) as const

/** RGBA of the face of a photograph with what lies within its reach. */
async function around(name: keyof typeof faces) {
  const { left, top, width, height } = faces[name]
  const wide = width + 2 * reach
  const pixels = await sharp(photograph(name))
    .extract({ left: left - reach, top, width: wide, height })
    .ensureAlpha()
    .raw()
    .toBuffer()
  return { pixels, ...raw(wide, height) }
}

/** RGBA of it, so many pixels wide, seen from so many pixels further right. */
function seen(
  { pixels, raw }: Awaited<ReturnType<typeof around>>,
  width: number,
  shift = 0,
): Promise<Buffer> {
  return sharp(pixels, { raw })
    .extract({ left: reach + shift, top: 0, width: raw.width - 2 * reach, height: raw.height })
    .resize(width, width)
    .raw()
    .toBuffer()
}

/** Frames of a face that goes to the side, coded on a page; those from the first to before the second of `lost` show a grey wall. */
export async function codedFace(
  page: Page,
  count: number,
  lost: readonly [from: number, to: number] = [0, 0],
): Promise<Coded> {
  const wall = Buffer.alloc(4 * side * side, 128)
  const face = await around('sample1.jpg')
  const pictures = Array.from({ length: count }, (_, i) =>
    i >= lost[0] && i < lost[1] ? wall : seen(face, side, Math.round((2 * reach * i) / count) - reach),
  )
  return codedFrames('vp8', await Promise.all(pictures), { width: side, height: side }, onOpen(page))
}

/** Two faces beside each other as a file, after so many frames of a wall: a dark one on the left, and a light one, smaller, on the right. */
export async function twoFaces(page: Page, count: number, empty = 0): Promise<Uint8Array> {
  const size = { width: 640, height: 320 }
  const small = side - 60
  const both = await sharp({ create: { ...size, channels: 4, background: '#888888' } })
    .composite([
      { input: await seen(await around('sample1.jpg'), side), ...raw(side, side), left: 0, top: 0 },
      {
        input: await seen(await around('sample6.jpg'), small),
        ...raw(small, small),
        left: side + 30,
        top: 30,
      },
    ])
    .raw()
    .toBuffer()
  const wall = Buffer.alloc(both.length, 128)
  const coded = await codedFrames(
    'vp8',
    Array.from({ length: count }, (_, i) => (i < empty ? wall : both)),
    size,
    onOpen(page),
  )
  return contained(coded, { format: webm(), times: steady(count, clipRate) })
}

/** The face that goes to the side as a file. */
export async function faceClip(
  page: Page,
  count: number,
  lost?: readonly [from: number, to: number],
): Promise<Uint8Array> {
  const coded = await codedFace(page, count, lost)
  return contained(coded, { format: webm(), times: steady(count, clipRate) })
}
