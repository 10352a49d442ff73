import h264 from 'h264-mp4-encoder'
import * as mb from 'mediabunny'
import type { Image } from '../../src/engine/runtime.ts'

/** Of a drawn frame. */
export const width = 160
export const height = 96

const bits = 8

/** The RGBA of a frame that shows its number: stripes for its bits above, a white square at the lower left. */
export function drawnFrame(number: number, scale = 1): Uint8Array {
  const rgba = new Uint8Array(width * scale * height * scale * 4)
  for (let i = 0; i < rgba.length / 4; i++) {
    const x = Math.floor((i % (width * scale)) / scale)
    const y = Math.floor(i / (width * scale) / scale)
    const isLit = y < height / 2 ? (number >> Math.floor((x * bits) / width)) & 1 : x < 40 && y >= height - 40
    rgba.fill(isLit ? 255 : 0, 4 * i, 4 * i + 3)
    rgba[4 * i + 3] = 255
  }
  return rgba
}

/** The number that a frame shows, as it lies. */
export function numberIn(image: Image): number {
  const scale = image.width / width
  return Array.from({ length: bits }, (_, bit) => {
    const isLit = brightness(image, ((bit + 0.5) * width * scale) / bits, 20 * scale) > 128
    return isLit ? 1 << bit : 0
  }).reduce((sum, value) => sum + value, 0)
}

export function brightness({ width, data }: Image, x: number, y: number): number {
  return data[(Math.floor(y) * width + Math.floor(x)) * 3 + 1]!
}

/** A coded video without a container. */
export interface Coded {
  readonly codec: mb.VideoCodec
  readonly config: VideoDecoderConfig
  /** In the order of decoding; their times mean nothing. */
  readonly packets: readonly mb.EncodedPacket[]
}

/** Frames 0 to before `count` in H.264, with a key frame every ten. */
export async function codedInH264(count: number, scale = 1): Promise<Coded> {
  const encoder = await h264.createH264MP4Encoder()
  Object.assign(encoder, { width: width * scale, height: height * scale, frameRate: 30, groupOfPictures: 10 })
  Object.assign(encoder, { quantizationParameter: 20, speed: 10 })
  encoder.initialize()
  for (let number = 0; number < count; number++) encoder.addFrameRgba(drawnFrame(number, scale))
  encoder.finalize()
  const bytes = encoder.FS.readFile(encoder.outputFilename)
  encoder.delete()
  const input = new mb.Input({ source: new mb.BufferSource(bytes), formats: [mb.MP4] })
  const track = (await input.getPrimaryVideoTrack())!
  const packets: mb.EncodedPacket[] = []
  // The encoder's own file calls every frame a key frame.
  const verified = { verifyKeyPackets: true }
  for await (const packet of new mb.EncodedPacketSink(track).packets(undefined, undefined, verified)) {
    packets.push(packet)
  }
  return { codec: 'avc', config: (await track.getDecoderConfig())!, packets }
}

interface Container {
  readonly format: mb.OutputFormat
  /** Of each frame, in seconds. */
  readonly times: readonly number[]
  readonly rotation?: mb.Rotation
  /** Whose inverse the ticks are. */
  readonly frameRate?: number
}

/** The bytes of a video file. */
export async function contained(
  { codec, config, packets }: Coded,
  { format, times, rotation = 0, frameRate }: Container,
): Promise<Uint8Array> {
  const target = new mb.BufferTarget()
  const output = new mb.Output({ format, target })
  const source = new mb.EncodedVideoPacketSource(codec)
  output.addVideoTrack(source, { rotation, ...(frameRate === undefined ? {} : { frameRate }) })
  await output.start()
  for (const [i, timestamp] of times.entries()) {
    const duration = (times[i + 1] ?? timestamp + 1 / 30) - timestamp
    const packet = packets[i % packets.length]!.clone({ timestamp, duration })
    await source.add(packet, i === 0 ? { decoderConfig: config } : undefined)
  }
  await output.finalize()
  return new Uint8Array(target.buffer!)
}

/** Times of so many frames at a steady rate. */
export const steady = (count: number, rate: number) => Array.from({ length: count }, (_, i) => i / rate)

/** With the index before the frames, so that it is there when the file is cut. */
export const mp4 = () => new mb.Mp4OutputFormat({ fastStart: 'in-memory' })

/** The file with the last place of one word of four letters written over by another. */
export function renamed(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const copy = Buffer.from(bytes)
  copy.write(to, copy.lastIndexOf(from, -1, 'latin1'), 'latin1')
  return copy
}
