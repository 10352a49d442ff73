import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PictureSize } from '../../engine/runtime.ts'
import type { DecodedFrame } from '../../shared/clip.ts'
import { type DecoderVerdict, decoderVerdicts, writeOrder } from '../../shared/decoder-order.ts'
import { openFileSource } from '../host/file-source.ts'
import { readWholeFile } from '../host/files.ts'
import { programFolder } from '../host/folders.ts'
import {
  type GuardedRequest,
  guarded,
  isForLoopback,
  newToken,
  senderOf,
  showsToken,
} from '../host/loopback-guard.ts'

/** What the page in a browser is to do, and who hears of it. */
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
  onEnd(verdict: DecoderVerdict): void
}

export interface DecoderServer {
  /** Of the page, with all that it must know. */
  readonly address: string
  close(): Promise<void>
}

/** The page alone, which may speak to this server alone. */
const headers = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
}

const page = '<!doctype html><title>Mien</title><script type="module" src="/page.js"></script>'

/** Far more than the script of the page has, in bytes. */
const largestScript = 8 * 2 ** 20

/** Bytes of the video that are read at once. */
const pieceLength = 2 ** 18

/**
 * Serves the page that decodes, the video to it, and takes its frames: on the loopback, to the one page that has the token.
 *
 * @throws MienError 'unreadable-file' if the video may not be read or the page was not built.
 */
export async function startDecoderServer(work: DecoderWork): Promise<DecoderServer> {
  const script = await readWholeFile(join(programFolder(), 'dist', 'decoder', 'page.js'), largestScript)
  const video = openFileSource(work.path)
  const token = newToken()

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '' } = request
    const send = (type: string, body: string | Uint8Array) =>
      response.writeHead(200, { ...headers, 'Content-Type': type }).end(body)
    const status = refusalOf(guarded(request), request.socket.localPort ?? 0, token)
    if (status !== undefined) response.writeHead(status, { ...headers, Connection: 'close' }).end()
    else if (url === '/') send('text/html; charset=utf-8', page)
    else if (url === '/page.js') send('text/javascript; charset=utf-8', script)
    else if (url === '/clip') await sendVideo(request, response)
    else if (url === '/end' && method === 'POST') {
      const said = new TextDecoder().decode(await bodyOf(request, 16))
      work.onEnd(decoderVerdicts.find((verdict) => verdict === said) ?? 'damaged')
      send('text/plain', '')
    } else {
      const seconds = Number(url.slice('/frame/'.length))
      await work.onFrame({ seconds, image: await frameOf(request) })
      send('text/plain', '')
    }
  }

  async function sendVideo(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, first, last] = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(request.headers.range ?? '') ?? []
    const from = Number(first ?? 0)
    if (from >= video.size) {
      response.writeHead(416, headers).end()
      return
    }
    const to = last ? Math.min(Number(last) + 1, video.size) : video.size
    response.writeHead(first === undefined ? 200 : 206, {
      ...headers,
      'Content-Type': 'application/octet-stream',
      'Content-Length': to - from,
      'Accept-Ranges': 'bytes',
      ...(first === undefined ? {} : { 'Content-Range': `bytes ${from}-${to - 1}/${video.size}` }),
    })
    await pipeline(Readable.from(pieces(from, to)), response)
  }

  function* pieces(from: number, to: number): Generator<Uint8Array> {
    for (let at = from; at < to; at += pieceLength) yield video.read(at, Math.min(pieceLength, to - at))
  }

  async function frameOf(request: IncomingMessage) {
    const { width, height } = work.size
    return { width, height, data: await bodyOf(request, width * height * 3, 'exactly') }
  }

  const server = createServer((request, response) => {
    // The page leaves a request for the video when it has what it needs.
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ host: '127.0.0.1', port: 0, exclusive: true }, resolve)
  })
  const { port } = server.address() as AddressInfo
  const { size, from, to } = work
  const order = writeOrder({ token, width: size.width, height: size.height, from, to })
  return {
    address: `http://127.0.0.1:${port}/${order}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
      video.close()
    },
  }
}

/** The status with which a request is refused; undefined if it is answered. Without the token there is the empty page only. */
function refusalOf(request: GuardedRequest, port: number, token: string): number | undefined {
  const { method, target } = request
  if (!isForLoopback(request, port)) return 403
  const sender = senderOf(request)
  if (sender === 'other-page') return 403
  if (method === 'GET' && (target === '/' || target === '/page.js')) return undefined
  const isKnown =
    method === 'GET'
      ? target === '/clip'
      : method === 'POST' && /^\/(end$|frame\/[\d.e-]{1,24}$)/.test(target)
  if (!isKnown) return 404
  return sender === 'own-page' && showsToken(request, token) ? undefined : 403
}

/** The body of a request, of `length` bytes at most, or exactly; another one is an error. */
async function bodyOf(request: IncomingMessage, length: number, exactly?: 'exactly'): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  let filled = 0
  for await (const piece of request as AsyncIterable<Uint8Array>) {
    bytes.set(piece, filled)
    filled += piece.byteLength
  }
  if (exactly && filled !== length) throw new RangeError(`a body of ${filled} bytes in place of ${length}`)
  return bytes.subarray(0, filled)
}
