import {
  BufferSource,
  type EncodedPacket,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  MP4,
  Mp4OutputFormat,
  Output,
} from 'mediabunny'
import { MienError } from '../../engine/errors.ts'
import { openGrowingFile } from '../host/growing-file.ts'
import { evenSize, withEvenSides } from './even-sides.ts'
import { copiedSound, fileTarget, type Span } from './film-output.ts'
import { openFilmSound } from './film-sound.ts'
import type { FilmPlan, FilmWriter } from './film-writer.ts'
import { openMp4, type VideoEncoder } from './mp4.ts'
import { xmpBox } from './mp4-xmp.ts'

/**
 * Frames that are encoded together, the first of them a key frame: films are wound to such frames, and the encoder holds
 * what it made of them. Of large pictures there are fewer, with so many pixels at most.
 */
const segmentFrames = 64
const segmentPixels = 2 ** 27

/** Finer ticks than millionths of a second are rounded to these, since the container's library counts no finer. */
const finestTimescale = 1_000_000

/**
 * Begins an MP4 of H.264, of which one segment of frames at a time is in memory. Odd sides become even by their last row or
 * column once more.
 */
export async function openMp4Film(path: string, plan: FilmPlan): Promise<FilmWriter> {
  const { timescale, xmp } = plan
  const { width, height } = evenSize(plan)
  const longest = Math.max(1, Math.min(segmentFrames, Math.floor(segmentPixels / (width * height))))
  const file = await openGrowingFile(path)
  const { target, size } = fileTarget(file)
  const output = new Output({ format: new Mp4OutputFormat({ fastStart: false }), target })
  const video = new EncodedVideoPacketSource('avc')
  // The library takes the inverse of a frame rate for the tick.
  output.addVideoTrack(video, { frameRate: Math.min(timescale, finestTimescale) })
  const found = plan.sound && (await openFilmSound(plan.sound, 'mp4'))
  const sound = typeof found === 'object' ? copiedSound(found, output) : undefined
  await output.start()

  let start: number | undefined
  let segment: { readonly encoder: VideoEncoder; readonly spans: Span[] } | undefined

  async function writeSegment(): Promise<void> {
    if (segment === undefined) return
    const { encoder, spans } = segment
    segment = undefined
    const last = spans.at(-1)!
    for await (const { packet, index, decoderConfig } of packetsOf(encoder.finish())) {
      const { time, duration } = spans[index]!
      const timestamp = (time - start!) / timescale
      await video.add(packet.clone({ timestamp, duration: duration / timescale }), { decoderConfig })
    }
    await sound?.copyTo((last.time + last.duration - start!) / timescale)
  }

  return {
    notices: typeof found === 'string' ? [found] : [],
    async add(image, time, duration) {
      start ??= time
      segment ??= { encoder: await openMp4(width, height, longest), spans: [] }
      segment.encoder.add(withEvenSides(image))
      segment.spans.push({ time, duration })
      if (segment.spans.length === longest) await writeSegment()
    },
    async finish() {
      if (start === undefined) throw new MienError('wrong-use', 'A film needs a frame.')
      await writeSegment()
      await output.finalize()
      if (xmp !== undefined) await file.write(xmpBox(xmp), size())
      await file.finish()
      sound?.close()
    },
    async abandon() {
      segment?.encoder.abandon()
      segment = undefined
      // What the file refused before it refuses once more.
      await output.cancel().catch(() => undefined)
      await file.abandon()
      sound?.close()
    },
  }
}

/** The packets of a small MP4 in order. */
async function* packetsOf(mp4: Uint8Array): AsyncGenerator<{
  readonly packet: EncodedPacket
  readonly index: number
  readonly decoderConfig: VideoDecoderConfig
}> {
  const input = new Input({ source: new BufferSource(mp4), formats: [MP4] })
  try {
    const track = (await input.getPrimaryVideoTrack())!
    const decoderConfig = (await track.getDecoderConfig())!
    let index = 0
    for await (const packet of new EncodedPacketSink(track).packets()) {
      yield { packet, index, decoderConfig }
      index++
    }
  } finally {
    input.dispose()
  }
}
