import * as mb from 'mediabunny'
import { chromium } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { openMp4 } from '../../src/node/video/mp4.ts'
import { browserPath, hasChromium } from '../web/studio.ts'
import { drawnFrame, height, numberIn, width } from './drawn-video.ts'

const rate = 5

/** A film whose frames show their numbers. */
async function film(frames: number): Promise<Uint8Array> {
  const video = await openMp4(width, height, rate)
  for (let number = 0; number < frames; number++) {
    const data = drawnFrame(number).filter((_, i) => i % 4 < 3)
    video.add({ width, height, data })
  }
  return video.finish()
}

describe('the key frames of a film', () => {
  test.each([1, 5, 6, 13])('are those that the encoder made, of %i frames', async (frames) => {
    const input = new mb.Input({ source: new mb.BufferSource(await film(frames)), formats: [mb.MP4] })
    const sink = new mb.EncodedPacketSink((await input.getPrimaryVideoTrack())!)
    const said: string[] = []
    const made: string[] = []
    for await (const packet of sink.packets()) said.push(packet.type)
    for await (const packet of sink.packets(undefined, undefined, { verifyKeyPackets: true }))
      made.push(packet.type)
    expect(said).toHaveLength(frames)
    expect(said).toEqual(made)
    expect(said.flatMap((type, i) => (type === 'key' ? [i] : []))).toEqual(
      Array.from({ length: Math.ceil(frames / rate) }, (_, i) => i * rate),
    )
  })

  test.runIf(hasChromium)('let it be wound to any frame', async () => {
    const base64 = Buffer.from(await film(13)).toString('base64')
    const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
    try {
      const page = await browser.newPage()
      for (const wanted of [3, 8, 12]) {
        const png = await page.evaluate(shownAt, [base64, (wanted + 0.5) / rate] as const)
        expect(numberIn(await sharpCodec.decode(Buffer.from(png, 'base64'), 'a frame'))).toBe(wanted)
      }
    } finally {
      await browser.close()
    }
  })
})

/** In the page: the frame at a time after the first one, in seconds, as PNG. */
async function shownAt([base64, seconds]: readonly [string, number]): Promise<string> {
  const video = document.createElement('video')
  video.src = `data:video/mp4;base64,${base64}`
  video.muted = true
  document.body.append(video)
  await new Promise((resolve, reject) => {
    video.onloadeddata = resolve
    video.onerror = reject
  })
  // That it was wound may be told before the frame is there to be drawn.
  const presented = new Promise<void>((resolve) => {
    const see = (_now: number, { mediaTime }: VideoFrameCallbackMetadata) => {
      if (mediaTime > 0) resolve()
      else video.requestVideoFrameCallback(see)
    }
    video.requestVideoFrameCallback(see)
  })
  video.currentTime = seconds
  await presented
  const canvas = document.createElement('canvas')
  canvas.width = video.videoWidth
  canvas.height = video.videoHeight
  canvas.getContext('2d')!.drawImage(video, 0, 0)
  return canvas.toDataURL('image/png').split(',')[1]!
}
