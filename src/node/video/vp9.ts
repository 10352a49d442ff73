import { MienError } from '../../engine/errors.ts'
import type { PictureSize } from '../../engine/runtime.ts'
import { findChromium } from '../chromium/chromium.ts'
import { findFfmpeg } from '../host/programs.ts'
import { chromiumPackets } from './chromium-packets.ts'
import { ffmpegPackets } from './ffmpeg-packets.ts'

/** A frame in VP9. */
export interface Vp9Packet {
  readonly type: 'key' | 'delta'
  readonly data: Uint8Array
}

/**
 * Encodes frames of even sides, each as its planes (`bt709Planes`), to a packet for each in their order, as they come: a few are in
 * memory. Throws MienError, and what the frames throw.
 */
export type Vp9Encoder = (frames: AsyncIterable<Uint8Array>, size: PictureSize) => AsyncIterable<Vp9Packet>

/**
 * What encodes VP9 here, which nothing in Node does: an installed Chromium, or ffmpeg where there is none or it does not begin.
 * Throws MienError 'wrong-use' where nothing does.
 */
export async function findVp9Encoder(): Promise<Vp9Encoder> {
  const [chromium, ffmpeg] = await Promise.all([findChromium(), findFfmpeg()])
  const encoders: readonly Vp9Encoder[] = [
    ...(chromium === undefined ? [] : [chromiumPackets(chromium)]),
    ...(ffmpeg === undefined ? [] : [ffmpegPackets(ffmpeg)]),
  ]
  if (encoders.length > 0) return (frames, size) => encoded(frames, size, encoders)
  throw new MienError('wrong-use', 'Nothing is installed here that encodes a WebM.', {
    hint: 'Install Chromium, Chrome or ffmpeg, name a Chromium in the variable CHROMIUM, or choose MP4.',
  })
}

/** By the first encoder that takes a frame; what the last one says is thrown. */
async function* encoded(
  frames: AsyncIterable<Uint8Array>,
  size: PictureSize,
  encoders: readonly Vp9Encoder[],
): AsyncGenerator<Vp9Packet> {
  let began = false
  async function* watched(): AsyncGenerator<Uint8Array> {
    began = true
    yield* frames
  }
  for (const [index, encoder] of encoders.entries()) {
    try {
      yield* encoder(watched(), size)
      return
    } catch (error) {
      if (began || index === encoders.length - 1) throw error
    }
  }
}
