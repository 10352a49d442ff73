import { EncodedPacket, EncodedVideoPacketSource, Output, WebMOutputFormat } from 'mediabunny'
import { MienError } from '../../engine/errors.ts'
import { openGrowingFile } from '../host/growing-file.ts'
import { handover } from '../host/handover.ts'
import { bt709Planes } from './bt709.ts'
import { withCodecDelay } from './codec-delay.ts'
import { evenSize, withEvenSides } from './even-sides.ts'
import { copiedSound, fileTarget, type Span } from './film-output.ts'
import { openFilmSound } from './film-sound.ts'
import type { FilmPlan, FilmWriter } from './film-writer.ts'
import { findVp9Encoder } from './vp9.ts'

/** What the film says of its colours. */
const colorSpace = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false } as const

/**
 * Begins a WebM of VP9, of which a few frames at a time are in memory. It counts in thousandths of a second, to which the times of
 * its frames are rounded. Odd sides become even by their last row or column once more.
 */
export async function openWebmFilm(path: string, plan: FilmPlan): Promise<FilmWriter> {
  const { timescale, xmp } = plan
  const encode = await findVp9Encoder()
  const size = evenSize(plan)
  const decoderConfig = {
    ...{ codec: 'vp09.00.51.08', codedWidth: size.width, codedHeight: size.height, colorSpace },
  }
  const file = await openGrowingFile(path)
  const found = plan.sound && (await openFilmSound(plan.sound, 'webm'))
  const { target } = fileTarget(file, withCodecDelay)
  const output = new Output({ format: new WebMOutputFormat(), target })
  const video = new EncodedVideoPacketSource('vp9')
  output.addVideoTrack(video)
  const sound = typeof found === 'object' ? copiedSound(found, output) : undefined
  // Nothing else in a WebM is meant for XMP.
  if (xmp !== undefined) output.setMetadataTags({ raw: { XMP: xmp } })
  await output.start()

  let start: number | undefined
  const frames = handover<Uint8Array>()
  /** Of the frames whose packets did not come yet. */
  const spans: Span[] = []

  async function* planes(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const next = await frames.take()
      if (next === undefined) return
      yield next
    }
  }

  async function write(): Promise<void> {
    for await (const { type, data } of encode(planes(), size)) {
      const { time, duration } = spans.shift()!
      const seconds = (ticks: number) => ticks / timescale
      const packet = new EncodedPacket(data, type, seconds(time - start!), seconds(duration))
      await video.add(packet, { decoderConfig })
      await sound?.copyTo(seconds(time + duration - start!))
    }
  }

  let written: Promise<void> | undefined
  return {
    notices: typeof found === 'string' ? [found] : [],
    async add(image, time, duration) {
      start ??= time
      written ??= write()
      spans.push({ time, duration })
      await Promise.race([frames.give(bt709Planes(withEvenSides(image))), written])
    },
    async finish() {
      if (written === undefined) throw new MienError('wrong-use', 'A film needs a frame.')
      frames.end()
      await written
      await output.finalize()
      await file.finish()
      sound?.close()
    },
    async abandon() {
      frames.end(new Error('abandoned'))
      // What ended it was told to whoever added a frame.
      await written?.catch(() => undefined)
      // What the file refused before it refuses once more.
      await output.cancel().catch(() => undefined)
      await file.abandon()
      sound?.close()
    },
  }
}
