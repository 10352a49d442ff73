import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { type PageOrder, type PageVerdict, pageVerdicts, writeOrder } from '../../shared/page-order.ts'
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

/** What the page in a browser is to do, and what it may ask for. */
export interface PageWork {
  order(token: string): PageOrder
  /** What answers a request that shows the token; undefined where there is no such thing. */
  answerTo(method: string, target: string): PageAnswer | undefined
  /** Hears how the work ended. */
  onEnd(verdict: PageVerdict): void
}

/** Answers a request. One that it throws at loses its connection. */
export type PageAnswer = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export interface PageServer {
  /** Of the page, with all that it must know. */
  readonly address: string
  close(): Promise<void>
}

/** Of every answer: the page alone, which may speak to this server alone. */
export const pageHeaders = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
}

const page = '<!doctype html><title>Mien</title><script type="module" src="/page.js"></script>'

/** Far more than the script of the page has, in bytes. */
const largestScript = 8 * 2 ** 20

/**
 * Serves a page that works for this process, on the loopback, to the one that has the token.
 *
 * @throws MienError 'unreadable-file' if the page was not built.
 */
export async function startPageServer(work: PageWork): Promise<PageServer> {
  const script = await readWholeFile(join(programFolder(), 'dist', 'codec-page', 'page.js'), largestScript)
  const token = newToken()

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '' } = request
    const status = refusalOf(guarded(request), request.socket.localPort ?? 0, token, work)
    if (status !== undefined) response.writeHead(status, { ...pageHeaders, Connection: 'close' }).end()
    else if (url === '/') send(response, 'text/html; charset=utf-8', page)
    else if (url === '/page.js') send(response, 'text/javascript; charset=utf-8', script)
    else if (isEnd(method, url)) {
      const said = new TextDecoder().decode(await bodyOf(request, 16))
      work.onEnd(pageVerdicts.find((verdict) => verdict === said) ?? 'damaged')
      send(response, 'text/plain', '')
    } else await work.answerTo(method, url)?.(request, response)
  }

  const server = createServer((request, response) => {
    // The page leaves a request when it has what it needs.
    answer(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen({ host: '127.0.0.1', port: 0, exclusive: true }, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}/${writeOrder(work.order(token))}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

/** Answers with a body. */
export function send(response: ServerResponse, type: string, body: string | Uint8Array): void {
  const length = Buffer.byteLength(body)
  response.writeHead(200, { ...pageHeaders, 'Content-Type': type, 'Content-Length': length }).end(body)
}

/** The body of a request, of `length` bytes at most, or exactly; another one is an error. */
export async function bodyOf(
  request: IncomingMessage,
  length: number,
  exactly?: 'exactly',
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length)
  let filled = 0
  for await (const piece of request as AsyncIterable<Uint8Array>) {
    bytes.set(piece, filled)
    filled += piece.byteLength
  }
  if (exactly && filled !== length) throw new RangeError(`a body of ${filled} bytes in place of ${length}`)
  return bytes.subarray(0, filled)
}

function isEnd(method: string, target: string): boolean {
  return method === 'POST' && target === '/end'
}

/** The status with which a request is refused; undefined if it is answered. Without the token there is the empty page only. */
function refusalOf(
  request: GuardedRequest,
  port: number,
  token: string,
  { answerTo }: Pick<PageWork, 'answerTo'>,
): number | undefined {
  const { method, target } = request
  if (!isForLoopback(request, port)) return 403
  const sender = senderOf(request)
  if (sender === 'other-page') return 403
  if (method === 'GET' && (target === '/' || target === '/page.js')) return undefined
  if (!isEnd(method, target) && answerTo(method, target) === undefined) return 404
  return sender === 'own-page' && showsToken(request, token) ? undefined : 403
}
