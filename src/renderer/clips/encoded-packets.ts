import type { PictureSize } from '../../engine/runtime.ts'
import { keyFramesApart, vp9Quantizer } from '../../shared/vp9.ts'

/** A frame in VP9. */
export interface EncodedPicture {
  readonly type: EncodedVideoChunkType
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Frames that wait for the encoder. */
const mostWaiting = 2

/** Millionths of a second. The quantiser is given, so nothing depends on when frames are shown. */
const frameTime = 40_000

/** Planes are those of BT.709 (`bt709Planes` of the process that asks), which the stream then says. */
const colorSpace = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false } as const

const configOf = ({ width, height }: PictureSize): VideoEncoderConfig => ({
  codec: 'vp09.00.51.08',
  ...{ width, height, bitrateMode: 'quantizer', latencyMode: 'quality' },
})

/** Whether this browser encodes VP9. */
export async function encodes(size: PictureSize): Promise<boolean> {
  return (await VideoEncoder.isConfigSupported(configOf(size))).supported ?? false
}

/**
 * Encodes frames with the browser's own encoder, a packet for each in their order; the next frame is taken when the packet of
 * the one before was. Throws what the encoder throws.
 *
 * @param frames the planes of each: luma, then both differences of colour at half the size
 */
export async function* encodedPackets(
  frames: AsyncIterable<Uint8Array<ArrayBuffer>>,
  { width, height }: PictureSize,
): AsyncGenerator<EncodedPicture> {
  const packets: EncodedPicture[] = []
  let failed: DOMException | undefined
  const encoder = new VideoEncoder({
    output(chunk) {
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      packets.push({ type: chunk.type, bytes })
    },
    error(error) {
      failed = error
    },
  })
  encoder.configure(configOf({ width, height }))
  let index = 0
  for await (const planes of frames) {
    const frame = new VideoFrame(planes, {
      ...{ format: 'I420', codedWidth: width, codedHeight: height, colorSpace },
      timestamp: index * frameTime,
      duration: frameTime,
    })
    encoder.encode(frame, { keyFrame: index % keyFramesApart === 0, vp9: { quantizer: vp9Quantizer } })
    frame.close()
    index++
    while (encoder.encodeQueueSize > mostWaiting) {
      await new Promise((resolve) => encoder.addEventListener('dequeue', resolve, { once: true }))
    }
    yield* packets.splice(0)
    if (failed !== undefined) throw failed
  }
  await encoder.flush()
  yield* packets
}
