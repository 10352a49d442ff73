import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** As much of a request as the guard looks at. Names of headers are in lower case; a header that came twice has both. */
export interface GuardedRequest {
  readonly method: string
  /** The target as it was sent. */
  readonly target: string
  readonly headers: ReadonlyMap<string, readonly string[]>
}

export function guarded({ method = '', url = '', headersDistinct }: IncomingMessage): GuardedRequest {
  const headers = new Map(Object.entries(headersDistinct).map(([name, values]) => [name, values ?? []]))
  return { method, target: url, headers }
}

/** A new token: 32 bytes by chance. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** The value of a header that came exactly once. */
export function only(request: GuardedRequest, name: string): string | undefined {
  const values = request.headers.get(name)
  return values?.length === 1 ? values[0] : undefined
}

/** Whether it was sent to this machine under a name of its own: a foreign name bound to it (DNS rebinding) is none. */
export function isForLoopback(request: GuardedRequest, port: number): boolean {
  const host = only(request, 'host')
  return host !== undefined && loopbackNames.some((name) => host === `${name}:${port}`)
}

/** Who sent a request that is for this machine: its own page, the user who opened the address, or a page of another origin. */
export function senderOf(request: GuardedRequest): 'own-page' | 'user' | 'other-page' {
  if (request.headers.has('origin') && only(request, 'origin') !== `http://${only(request, 'host')}`) {
    return 'other-page'
  }
  if (!request.headers.has('sec-fetch-site')) return 'own-page'
  const site = only(request, 'sec-fetch-site')
  // 'none': typed, or from a bookmark.
  return site === 'same-origin' ? 'own-page' : site === 'none' ? 'user' : 'other-page'
}

/** Whether a request shows the token; in a time that does not depend on what it shows. */
export function showsToken(request: GuardedRequest, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(only(request, 'authorization') ?? ''), digest(`Bearer ${token}`))
}

const loopbackNames = ['127.0.0.1', 'localhost', '[::1]']
