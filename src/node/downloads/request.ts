import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { MienError } from '../../engine/errors.ts'
import { type AddressRules, nextAddress } from './address.ts'
import { proxyFor, tunnel } from './tunnel.ts'

/** More than any honest server needs. */
const mostRedirects = 5

/** A connection on which nothing comes for so long is given up. */
const silenceMilliseconds = 30_000

export interface RequestOptions {
  readonly rules: AddressRules
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/**
 * Asks for a file, following redirects as `nextAddress` allows them. The body is as it comes over the line: nothing is
 * unpacked. Throws MienError 'download', and what Node throws for a connection that fails.
 */
export async function request(address: URL, options: RequestOptions): Promise<IncomingMessage> {
  let at = address
  for (let turns = 0; turns <= mostRedirects; turns++) {
    const answer = await requestOnce(at, options)
    const { statusCode = 0, headers } = answer
    if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined) return answer
    answer.destroy()
    at = nextAddress(at, headers.location, options.rules)
  }
  throw new MienError('download', `${address.host} leads from one address to the next without end.`, {
    name: address.href,
    hint: 'Fetch the file elsewhere, and drop it on the models page.',
  })
}

async function requestOnce(address: URL, { headers, signal }: RequestOptions): Promise<IncomingMessage> {
  const proxy = proxyFor(address, process.env)
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
    asking.once('response', resolve)
    asking.end()
  })
}
