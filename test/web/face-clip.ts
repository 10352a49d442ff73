import * as mb from 'mediabunny'
import sharp from 'sharp'
import { codedFrames } from '../clips/browser-video.ts'
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

/** RGBA of the face of a photograph, so many pixels wide, seen from so many pixels further right. */
function faceOf(name: keyof typeof faces, width: number, shift = 0): Promise<Buffer> {
  const place = faces[name]
  return sharp(photograph(name))
    .extract({ ...place, left: place.left + shift })
    .resize(width, width)
    .ensureAlpha()
    .raw()
    .toBuffer()
}

/** Frames of a face that goes to the side, coded; those from the first to before the second of `lost` show a grey wall. */
export async function codedFace(
  count: number,
  lost: readonly [from: number, to: number] = [0, 0],
): Promise<Coded> {
  const wall = Buffer.alloc(4 * side * side, 128)
  const pictures = Array.from({ length: count }, (_, i) =>
    i >= lost[0] && i < lost[1] ? wall : faceOf('sample1.jpg', side, Math.round((48 * i) / count) - 24),
  )
  return codedFrames('vp8', await Promise.all(pictures), { width: side, height: side })
}

/** Two faces beside each other as a file, after so many frames of a wall: a dark one on the left, and a light one, smaller, on the right. */
export async function twoFaces(count: number, empty = 0): Promise<Uint8Array> {
  const size = { width: 640, height: 320 }
  const small = side - 60
  const raw = (width: number) => ({ raw: { width, height: width, channels: 4 } }) as const
  const both = await sharp({ create: { ...size, channels: 4, background: '#888888' } })
    .composite([
      { input: await faceOf('sample1.jpg', side), ...raw(side), left: 0, top: 0 },
      { input: await faceOf('sample6.jpg', small), ...raw(small), left: side + 30, top: 30 },
    ])
    .raw()
    .toBuffer()
  const wall = Buffer.alloc(both.length, 128)
  const coded = await codedFrames(
    'vp8',
    Array.from({ length: count }, (_, i) => (i < empty ? wall : both)),
    size,
  )
  return contained(coded, { format: webm(), times: steady(count, clipRate) })
}

/** The face that goes to the side as a file. */
export async function faceClip(
  count: number,
  lost?: readonly [from: number, to: number],
): Promise<Uint8Array> {
  const coded = await codedFace(count, lost)
  return contained(coded, { format: webm(), times: steady(count, clipRate) })
}
