import { type InputVideoTrack, VideoSampleSink } from 'mediabunny'
import type { Image } from '../../engine/runtime.ts'
import type { ClipFacts, DecodedFrame } from '../../shared/clip.ts'

/** See-through videos stand on the same grey as pictures do. */
const neutralGround = 'rgb(128 128 128)'

/**
 * Decodes the frames of a video that begin between two times in seconds, upright, with the browser's own decoders. Each is
 * closed before the next is taken, so that memory does not grow with the clip. Throws what the decoder throws.
 */
export async function* decodedFrames(
  track: InputVideoTrack,
  { width, height }: Pick<ClipFacts, 'width' | 'height'>,
  from: number,
  to: number,
): AsyncGenerator<DecodedFrame> {
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true })!
  context.fillStyle = neutralGround
  for await (const sample of new VideoSampleSink(track).samples(from, to)) {
    const seconds = sample.timestamp
    context.fillRect(0, 0, width, height)
    try {
      sample.draw(context, 0, 0, width, height)
    } finally {
      sample.close()
    }
    yield { seconds, image: imageOf(context.getImageData(0, 0, width, height)) }
  }
}

/** Without the channel that says that nothing can be seen through. */
export function imageOf({ width, height, data: rgba }: ImageData): Image {
  const data = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; to < data.length; from += 4, to += 3) {
    data[to] = rgba[from]!
    data[to + 1] = rgba[from + 1]!
    data[to + 2] = rgba[from + 2]!
  }
  return { width, height, data }
}
