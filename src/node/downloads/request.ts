import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { MienError } from '../../engine/errors.ts'
import { type AddressRules, nextAddress } from './address.ts'
import { type AskProxy, proxyFor, tunnel } from './tunnel.ts'

/** More than any honest server needs. */
const mostRedirects = 5

/** A connection on which nothing comes for so long is given up. */
const silenceMilliseconds = 30_000

export interface RequestOptions {
  readonly rules: AddressRules
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Asked where the environment says nothing of a proxy. */
  readonly askProxy?: AskProxy | undefined
}

/** What a server answers. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** As it comes over the line: nothing is unpacked. Throws what breaks it off. */
  readonly body: AsyncIterable<Uint8Array>
  /** Wants no more of it. */
  close(): void
}

/**
 * Asks for a file, following redirects as `nextAddress` allows them. Throws MienError 'download', and what Node throws for a connection that fails.
 */
export async function request(address: URL, options: RequestOptions): Promise<Answer> {
  let at = address
  for (let turns = 0; turns <= mostRedirects; turns++) {
    const answer = await requestOnce(at, options)
    const { location } = answer.headers
    if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer
    answer.close()
    at = nextAddress(at, location, options.rules)
  }
  throw new MienError('download', `${address.host} leads from one address to the next without end.`, {
    name: address.href,
    hint: 'Fetch the file elsewhere, and drop it on the models page.',
  })
}

async function requestOnce(address: URL, { headers, signal, askProxy }: RequestOptions): Promise<Answer> {
  const proxy = await proxyFor(address, process.env, askProxy)
  const socket = proxy === undefined ? undefined : await tunnel(address, proxy, signal)
  return new Promise((resolve, reject) => {
    const asking = (address.protocol === 'https:' ? https : http).request(address, {
      headers: { 'user-agent': 'Mien', ...headers },
      signal,
      // A connection of its own each time: a kept one may have been closed by the other side meanwhile.
      ...(socket === undefined ? { agent: false } : { createConnection: () => socket }),
    })
    asking.setTimeout(silenceMilliseconds, () =>
      asking.destroy(Object.assign(new Error('nothing came for a while'), { code: 'ETIMEDOUT' })),
    )
    asking.once('error', reject)
    asking.once('response', (answer) =>
      resolve({
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        body: piecesOf(answer),
        close: () => void answer.destroy(),
      }),
    )
    asking.end()
  })
}

/** Pieces that wait for the disk before the server has to wait, too. */
const mostWaiting = 64

/**
 * The body of an answer to the last byte that came, and then what broke it off. Listens at once: a stream that breaks off drops
 * what nobody took yet, and short pieces would never get anywhere.
 */
function piecesOf(answer: IncomingMessage): AsyncIterable<Uint8Array> {
  const waiting: Uint8Array[] = []
  let wake: () => void = () => undefined
  let failure: unknown
  answer.on('data', (piece: Uint8Array) => {
    waiting.push(piece)
    if (waiting.length >= mostWaiting) answer.pause()
    wake()
  })
  answer.once('error', (error) => {
    failure = error
  })
  answer.once('close', () => wake())

  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = waiting.shift()
      if (piece !== undefined) yield piece
      else if (answer.closed) break
      else {
        answer.resume()
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    }
    if (failure !== undefined || !answer.complete) throw failure ?? new Error('The body is not complete.')
  }
  return pieces()
}
