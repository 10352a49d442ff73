import { readFileSync } from 'node:fs'
import * as mb from 'mediabunny'
import { onPage } from './browser-video.ts'
import type { CodedSound } from './drawn-sound.ts'

/** When the tone begins and ends, in seconds of the recording. */
export const tone = { from: 1.5, to: 1.7 }

/** Three seconds in Opus of Chromium's encoder, silent but for a tone; in a browser of its own or on a page that is there. */
export async function toneInOpus(on: typeof onPage = onPage): Promise<CodedSound> {
  const { chunks, description } = await on((page) => page.evaluate(encode, tone))
  const packets = chunks.map(
    ({ start, length, bytes }) =>
      new mb.EncodedPacket(Buffer.from(bytes, 'base64'), 'key', start / 1e6, length / 1e6),
  )
  const head = Uint8Array.from(Buffer.from(description, 'base64'))
  return {
    codec: 'opus',
    config: { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1, description: head },
    packets,
  }
}

/** When the tone of a file begins and ends where Chromium plays it, in seconds. */
export async function toneHeardIn(path: string): Promise<typeof tone> {
  const file = readFileSync(path, 'base64')
  return onPage((page) => page.evaluate(listen, file))
}

/** In the page. */
async function encode({ from, to }: typeof tone) {
  const rate = 48_000
  const chunks: { start: number; length: number; bytes: string }[] = []
  let description = ''
  const text = (bytes: Uint8Array) => btoa(String.fromCharCode(...bytes))
  const encoder = new AudioEncoder({
    output(chunk, metadata) {
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      chunks.push({ start: chunk.timestamp, length: chunk.duration ?? 0, bytes: text(bytes) })
      const head = metadata?.decoderConfig?.description
      if (head !== undefined) description = text(new Uint8Array(head as ArrayBuffer))
    },
    error: console.error,
  })
  encoder.configure({ codec: 'opus', sampleRate: rate, numberOfChannels: 1, bitrate: 96_000 })
  const samples = Float32Array.from({ length: 3 * rate }, (_, i) =>
    i >= from * rate && i < to * rate ? 0.8 * Math.sin((2 * Math.PI * 1000 * i) / rate) : 0,
  )
  for (let i = 0; i < samples.length; i += 960) {
    const piece = new AudioData({
      ...{ format: 'f32', sampleRate: rate, numberOfFrames: 960, numberOfChannels: 1 },
      timestamp: (i / rate) * 1e6,
      data: samples.slice(i, i + 960),
    })
    encoder.encode(piece)
    piece.close()
  }
  await encoder.flush()
  return { chunks, description }
}

/** In the page. */
async function listen(file: string): Promise<{ from: number; to: number }> {
  const bytes = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0))
  const context = new OfflineAudioContext(1, 48_000, 48_000)
  const samples = (await context.decodeAudioData(bytes.buffer)).getChannelData(0)
  const isLoud = (sample: number) => Math.abs(sample) > 0.2
  return { from: samples.findIndex(isLoud) / 48_000, to: samples.findLastIndex(isLoud) / 48_000 }
}
