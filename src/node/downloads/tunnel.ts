import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { MienError } from '../../engine/errors.ts'

/** Gives what the system's settings say of the proxies for an address, as scripts do that choose one: `PROXY a:3128; DIRECT`. */
export type AskProxy = (address: string) => Promise<string>

/**
 * The proxy through which an address is reached, as HTTPS_PROXY and NO_PROXY say in capitals or small letters; undefined where it
 * is reached directly. Node 20 does not look at them itself. Where they say nothing, the system is asked. Throws MienError 'download'
 * for a proxy that is no address or is of another kind.
 */
export async function proxyFor(
  address: URL,
  environment: NodeJS.ProcessEnv,
  askProxy?: AskProxy,
): Promise<URL | undefined> {
  if (address.protocol !== 'https:') return undefined
  if (isExcepted(address, environment.no_proxy || environment.NO_PROXY || '')) return undefined
  const proxy = environment.https_proxy || environment.HTTPS_PROXY
  if (!proxy) return askProxy && firstProxy(await askProxy(address.href))
  const whole = /^https?:\/\//i.test(proxy) ? proxy : `http://${proxy}`
  if (URL.canParse(whole)) return new URL(whole)
  throw new MienError('download', 'The proxy in HTTPS_PROXY is no address.', {
    hint: 'Set it to one such as http://proxy.example:3128, or to nothing.',
  })
}

/** How proxies are spoken to, by what a list calls them. */
const kinds: Readonly<Record<string, string>> = { PROXY: 'http:', HTTP: 'http:', HTTPS: 'https:' }

/** The first of a list that can be spoken to; undefined where it says that none is needed. */
function firstProxy(list: string): URL | undefined {
  for (const entry of list.split(';')) {
    const [kind = '', host = ''] = entry.trim().split(/\s+/)
    if (kind === 'DIRECT' || kind === '') return undefined
    const address = `${kinds[kind]}//${host}`
    if (kind in kinds && URL.canParse(address)) return new URL(address)
  }
  throw new MienError('download', `The settings of the system name a proxy of another kind: ${list}.`, {
    name: list,
    hint: 'Set HTTPS_PROXY to one such as http://proxy.example:3128, or fetch the files with the browser, and drop them on the models page.',
  })
}

function isExcepted({ hostname, port }: URL, exceptions: string): boolean {
  return exceptions.split(/[\s,]+/).some((exception) => {
    if (exception === '*') return true
    const [, name = '', of] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(exception.toLowerCase()) ?? []
    if (name === '' || (of !== undefined && of !== (port || '443'))) return false
    return hostname === name || hostname.endsWith(`.${name}`)
  })
}

/** A connection to a host through a proxy, encrypted to its end. Throws MienError 'download' where the proxy refuses, and what Node throws. */
export function tunnel(address: URL, proxy: URL, signal: AbortSignal): Promise<Socket> {
  const target = `${address.hostname}:${address.port || 443}`
  const user = decodeURIComponent(`${proxy.username}:${proxy.password}`)
  const authorisation =
    user === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(user).toString('base64')}` }
  return new Promise((resolve, reject) => {
    const asking = (proxy.protocol === 'https:' ? https : http).request({
      host: proxy.hostname.replace(/^\[|\]$/g, ''),
      port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
      method: 'CONNECT',
      path: target,
      headers: { host: target, ...authorisation },
      signal,
    })
    asking.once('error', reject)
    const refuse = (status: number | undefined) =>
      reject(
        new MienError(
          'download',
          `The proxy ${proxy.host} refuses to connect to ${address.host}: ${status}.`,
          {
            name: proxy.host,
            hint: 'Check the proxy. A name and a password for it stand in HTTPS_PROXY, as in http://name:password@proxy.example:3128.',
          },
        ),
      )
    asking.once('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) {
        return resolve(connectSecurely({ socket, servername: address.hostname, ALPNProtocols: ['http/1.1'] }))
      }
      socket.destroy()
      refuse(statusCode)
    })
    asking.end()
  })
}
