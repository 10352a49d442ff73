import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as mb from 'mediabunny'
import { chromium, type Page } from 'playwright-core'
import { browserPath } from '../web/studio.ts'
import { type Coded, drawnFrame, height, width } from './drawn-video.ts'

/** Does something in a page of Chromium that may use WebCodecs. */
export async function onPage<T>(run: (page: Page) => Promise<T>): Promise<T> {
  // WebCodecs are there for pages that came over a safe way only.
  const server = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
  try {
    const page = await browser.newPage()
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
    return await run(page)
  } finally {
    await browser.close()
    server.close()
  }
}

/** Drawn frames 0 to before `count` as Chromium's encoder makes them. */
export function codedInBrowser(codec: 'vp8' | 'vp9', count: number): Promise<Coded> {
  const drawn = Array.from({ length: count }, (_, number) => drawnFrame(number))
  return codedFrames(codec, drawn, { width, height })
}

/** Frames of RGBA as Chromium's encoder makes them, in a browser of its own or on a page that is there. */
export async function codedFrames(
  codec: 'vp8' | 'vp9',
  rgba: readonly Uint8Array[],
  size: { readonly width: number; readonly height: number },
  on: typeof onPage = onPage,
): Promise<Coded> {
  const frames = rgba.map((one) => Buffer.from(one).toString('base64'))
  const name = codec === 'vp8' ? 'vp8' : 'vp09.00.10.08'
  const chunks = await on((page) => page.evaluate(encode, { name, frames, ...size }))
  const packets = chunks.map(
    ({ type, bytes }) => new mb.EncodedPacket(Buffer.from(bytes, 'base64'), type, 0, 1 / 30),
  )
  return { codec, config: { codec: name, codedWidth: size.width, codedHeight: size.height }, packets }
}

interface Drawn {
  readonly name: string
  /** RGBA. */
  readonly frames: readonly string[]
  readonly width: number
  readonly height: number
}

/** In the page. */
async function encode({ name, frames, width, height }: Drawn) {
  const chunks: { type: EncodedVideoChunkType; bytes: string }[] = []
  const encoder = new VideoEncoder({
    output(chunk) {
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      chunks.push({ type: chunk.type, bytes: btoa(String.fromCharCode(...bytes)) })
    },
    error: console.error,
  })
  encoder.configure({ codec: name, width, height, bitrate: 2e6, framerate: 30 })
  for (const [i, text] of frames.entries()) {
    const rgba = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
    const frame = new VideoFrame(rgba, {
      ...{ format: 'RGBA', codedWidth: width, codedHeight: height },
      timestamp: (i * 1e6) / 30,
    })
    encoder.encode(frame)
    frame.close()
  }
  await encoder.flush()
  return chunks
}
