import * as mb from 'mediabunny'
import type { Coded } from './drawn-video.ts'

/** Coded sound without a container; its times are those of a recording. */
export interface CodedSound {
  readonly codec: mb.AudioCodec
  readonly config: AudioDecoderConfig
  readonly packets: readonly mb.EncodedPacket[]
}

export const rate = 48_000

/** How a decoder is told about sound of each codec: AAC-LC in stereo, and the head of Opus that leaves 312 samples out. */
const descriptions: Partial<Record<mb.AudioCodec, Uint8Array>> = {
  aac: Uint8Array.of(0x11, 0x90),
  opus: Uint8Array.from([
    ...Buffer.from('OpusHead'),
    ...[1, 2, 312 & 255, 312 >> 8, rate & 255, (rate >> 8) & 255, rate >> 16, 0, 0, 0, 0],
  ]),
}

const names: Partial<Record<mb.AudioCodec, string>> = { aac: 'mp4a.40.2' }

/** Samples of a packet. */
export const packetSamples: Partial<Record<mb.AudioCodec, number>> = { aac: 1024, opus: 960, mp3: 1152 }

/**
 * Packets of which no two are alike. Nothing can decode them, which copying does not ask for.
 *
 * @param start the sample at which the first begins, below 0 for what is decoded only
 */
export function countedSound(codec: mb.AudioCodec, count: number, start = 0): CodedSound {
  const samples = packetSamples[codec] ?? 1024
  const packets = Array.from({ length: count }, (_, i) => {
    const data = new Uint8Array(60 + ((i * 7) % 50)).fill(i & 255)
    new DataView(data.buffer).setUint32(0, i)
    return new mb.EncodedPacket(data, 'key', (start + i * samples) / rate, samples / rate)
  })
  const description = descriptions[codec]
  const config = { codec: names[codec] ?? codec, sampleRate: rate, numberOfChannels: 2 }
  return { codec, config: description === undefined ? config : { ...config, description }, packets }
}

/** The bytes of a video file with sound, at 30 frames a second. */
export async function withSound(
  video: Coded,
  sound: CodedSound,
  format: mb.OutputFormat = new mb.Mp4OutputFormat({ fastStart: 'in-memory' }),
): Promise<Uint8Array> {
  const target = new mb.BufferTarget()
  const output = new mb.Output({ format, target })
  const pictures = new mb.EncodedVideoPacketSource(video.codec)
  const sounds = new mb.EncodedAudioPacketSource(sound.codec)
  output.addVideoTrack(pictures, { frameRate: 30 })
  output.addAudioTrack(sounds)
  await output.start()
  for (const [i, packet] of video.packets.entries()) {
    const timed = packet.clone({ timestamp: i / 30, duration: 1 / 30 })
    await pictures.add(timed, { decoderConfig: video.config })
  }
  for (const packet of sound.packets) await sounds.add(packet, { decoderConfig: sound.config })
  await output.finalize()
  return new Uint8Array(target.buffer!)
}

/** The packets of the sound in a file. */
export async function soundIn(path: string) {
  const input = new mb.Input({ source: new mb.FilePathSource(path), formats: mb.ALL_FORMATS })
  const track = await input.getPrimaryAudioTrack()
  if (track === null) return undefined
  const packets: mb.EncodedPacket[] = []
  for await (const packet of new mb.EncodedPacketSink(track).packets()) packets.push(packet)
  const found = { codec: await track.getCodec(), config: await track.getDecoderConfig(), packets }
  input.dispose()
  return found
}
