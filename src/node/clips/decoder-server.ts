import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PictureSize } from '../../engine/runtime.ts'
import type { DecodedFrame } from '../../shared/clip.ts'
import type { PageVerdict } from '../../shared/page-order.ts'
import { bodyOf, type PageServer, pageHeaders, send, startPageServer } from '../chromium/page-server.ts'
import { openFileSource } from '../host/file-source.ts'

/** What the page in a browser is to decode, and who hears of it. */
export interface DecoderWork {
  /** The video. */
  readonly path: string
  /** Of its upright frames. */
  readonly size: PictureSize
  /** In seconds; the end may be infinite. */
  readonly from: number
  readonly to: number
  /** The page decodes the next frame when this one was taken. */
  onFrame(frame: DecodedFrame): Promise<void>
  onEnd(verdict: PageVerdict): void
}

/** Bytes of the video that are read at once. */
const pieceLength = 2 ** 18

/**
 * Serves the video to the page that decodes it, and takes its frames.
 *
 * @throws MienError 'unreadable-file' if the video may not be read or the page was not built.
 */
export async function startDecoderServer(work: DecoderWork): Promise<PageServer> {
  const { path, size, from, to } = work
  const { width, height } = size
  const video = openFileSource(path)

  async function sendVideo(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, first, last] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(request.headers.range ?? '') ?? []
    const start = Number(first ?? 0)
    if (start >= video.size) {
      response.writeHead(416, pageHeaders).end()
      return
    }
    const end = last ? Math.min(Number(last) + 1, video.size) : video.size
    response.writeHead(first === undefined ? 200 : 206, {
      ...pageHeaders,
      'Content-Type': 'application/octet-stream',
      'Content-Length': end - start,
      'Accept-Ranges': 'bytes',
      ...(first === undefined ? {} : { 'Content-Range': `bytes ${start}-${end - 1}/${video.size}` }),
    })
    await pipeline(Readable.from(pieces(start, end)), response)
  }

  function* pieces(start: number, end: number): Generator<Uint8Array> {
    for (let at = start; at < end; at += pieceLength) yield video.read(at, Math.min(pieceLength, end - at))
  }

  async function takeFrame(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const seconds = Number(request.url!.slice('/frame/'.length))
    const data = await bodyOf(request, width * height * 3, 'exactly')
    await work.onFrame({ seconds, image: { width, height, data } })
    send(response, 'text/plain', '')
  }

  const server = await startPageServer({
    order: (token) => ({ work: 'decode', token, width, height, from, to }),
    answerTo(method, target) {
      if (method === 'GET') return target === '/clip' ? sendVideo : undefined
      return method === 'POST' && /^\/frame\/[\d.e-]{1,24}$/.test(target) ? takeFrame : undefined
    },
    onEnd: work.onEnd,
  })
  return {
    address: server.address,
    async close() {
      await server.close()
      video.close()
    },
  }
}
