import { MienError } from '../../engine/errors.ts'
import type { DecodedFrame } from '../../shared/clip.ts'
import type { PageVerdict } from '../../shared/page-order.ts'
import { damagedAfter, undecodable } from '../../shared/video.ts'
import { openChromium } from '../chromium/chromium.ts'
import { handover } from '../host/handover.ts'
import { startDecoderServer } from './decoder-server.ts'
import type { VideoOrder } from './video-order.ts'

/** Milliseconds that are waited for a frame. A clip whose key frames lie far apart makes the first one take long. */
const patience = 120_000

const installFfmpeg =
  'Install ffmpeg, which Mien uses where it is on the PATH, or convert the clip to an MP4 with H.264.'

/** Decodes the frames of a video by a page in that Chromium. Throws MienError. */
export async function* chromiumFrames(
  program: string,
  { path, name, facts, from, to }: VideoOrder,
): AsyncGenerator<DecodedFrame> {
  const frames = handover<DecodedFrame>()
  let seconds = Math.max(0, from)
  const fail = (reason: string) =>
    frames.end(
      new MienError('device', `Chromium did not decode ${name}: ${reason}.`, {
        hint: `Look whether ${program} starts, or set CHROMIUM to another one. ${installFfmpeg}`,
      }),
    )
  const endings: Readonly<Record<PageVerdict, () => void>> = {
    done: () => frames.end(),
    codec: () => frames.end(undecodable(name, facts.codec, 'this Chromium', installFfmpeg)),
    damaged: () => frames.end(damagedAfter(name, seconds)),
  }
  const server = await startDecoderServer({
    ...{ path, size: facts, from, to },
    onFrame: frames.give,
    onEnd: (verdict) => endings[verdict](),
  })
  try {
    const chromium = await openChromium(program, server.address, fail)
    try {
      for (;;) {
        const timer = setTimeout(() => fail('it does not answer'), patience)
        const frame = await frames.take().finally(() => clearTimeout(timer))
        if (frame === undefined) return
        seconds = frame.seconds
        yield frame
      }
    } finally {
      await chromium.close()
    }
  } finally {
    await server.close()
  }
}
