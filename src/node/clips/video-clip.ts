import { FilePathSource } from 'mediabunny'
import { MienError } from '../../engine/errors.ts'
import { type Clip, type ClipFrame, type DecodedFrame, framesInOrder, secondsOf } from '../../shared/clip.ts'
import { videoFacts } from '../../shared/video.ts'
import { findChromium } from '../chromium/chromium.ts'
import { findFfmpeg } from '../host/programs.ts'
import { chromiumFrames } from './chromium-frames.ts'
import { ffmpegFrames } from './ffmpeg-frames.ts'
import type { VideoOrder } from './video-order.ts'

type Decoder = (order: VideoOrder) => AsyncIterable<DecodedFrame>

/**
 * A video as a clip. Its container is read here; frames are decoded by an installed Chromium, or by ffmpeg where there is none
 * or it does not know the codec. Throws MienError.
 *
 * @param head the first bytes of the file
 */
export async function openVideoClip(path: string, name: string, head: Uint8Array): Promise<Clip> {
  const facts = await videoFacts({ name, head, source: new FilePathSource(path) })
  const decoders = await installedDecoders()
  if (decoders.length === 0) {
    throw new MienError('wrong-use', `Nothing is installed here that decodes the video ${name}.`, {
      file: path,
      hint: 'Install Chromium, Chrome or ffmpeg, name a Chromium in the variable CHROMIUM, or give a folder with the frames as pictures.',
    })
  }
  return {
    name,
    facts,
    async *frames(from = 0, to = facts.times.length): AsyncGenerator<ClipFrame> {
      const [start, end] = secondsOf(facts, from, to)
      yield* framesInOrder(facts, from, to, decoded({ path, name, facts, from: start, to: end }, decoders))
    },
  }
}

/** The best first. */
async function installedDecoders(): Promise<readonly Decoder[]> {
  const [chromium, ffmpeg] = await Promise.all([findChromium(), findFfmpeg()])
  return [
    ...(chromium === undefined ? [] : [(order: VideoOrder) => chromiumFrames(chromium, order)]),
    ...(ffmpeg === undefined ? [] : [(order: VideoOrder) => ffmpegFrames(ffmpeg, order)]),
  ]
}

/** The frames from the first decoder that makes anything of the video; what the last one says against it is thrown. */
async function* decoded(order: VideoOrder, decoders: readonly Decoder[]): AsyncGenerator<DecodedFrame> {
  for (const [index, decoder] of decoders.entries()) {
    let began = false
    try {
      for await (const frame of decoder(order)) {
        began = true
        yield frame
      }
      return
    } catch (error) {
      if (began || index === decoders.length - 1) throw error
    }
  }
}
