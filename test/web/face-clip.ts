import * as mb from 'mediabunny'
import sharp from 'sharp'
import { codedFrames } from '../clips/browser-video.ts'
import { type Coded, contained, steady } from '../clips/drawn-video.ts'
import { photograph } from './dropped.ts'

export const clipRate = 12

/** Pixels of the side of a clip's frames. */
const side = 320

/** Frames of a face that goes to the side, coded; frames of `lost`, from the first to before the second, show a grey wall. */
export async function codedFace(
  count: number,
  lost: readonly [from: number, to: number] = [0, 0],
): Promise<Coded> {
  const { width, height } = await sharp(photograph('sample1.jpg')).metadata()
  const reach = Math.min(24, Math.floor(Math.min(width, height) / 10))
  const cut = Math.min(width, height) - 2 * reach
  const wall = Buffer.alloc(4 * side * side, 128)
  const pictures = Array.from({ length: count }, (_, i) => {
    if (i >= lost[0] && i < lost[1]) return wall
    const left = Math.floor((width - cut) / 2) + Math.round(reach * (i / count - 0.5))
    return sharp(photograph('sample1.jpg'))
      .extract({ left, top: 0, width: cut, height: cut })
      .resize(side, side)
      .ensureAlpha()
      .raw()
      .toBuffer()
  })
  return codedFrames('vp8', await Promise.all(pictures), { width: side, height: side })
}

/** The same as a file. */
export async function faceClip(
  count: number,
  lost?: readonly [from: number, to: number],
): Promise<Uint8Array> {
  const coded = await codedFace(count, lost)
  return contained(coded, { format: new mb.WebMOutputFormat(), times: steady(count, clipRate) })
}
