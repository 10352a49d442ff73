import { createHash, timingSafeEqual } from 'node:crypto'

/** As much of a request as the guard looks at. Names of headers are in lower case; a header that came twice has both. */
export interface GuardedRequest {
  readonly method: string
  /** The target as it was sent. */
  readonly target: string
  readonly headers: ReadonlyMap<string, readonly string[]>
}

/** What requests are held to. */
export interface GuardRules {
  readonly port: number
  readonly token: string
}

/** Where a request may go. */
export type Route =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'call'; readonly command: string }
  | { readonly kind: 'events' }
  | { readonly kind: 'upload' }
  /** To the token, for a code whose worth the guard does not know. */
  | { readonly kind: 'token'; readonly code: string }

/** An HTTP status, and why. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 404 | 405 | 415
  readonly reason: string
}

/**
 * Decides over every request before anything is done for it. A page of another origin, also one whose name was bound to
 * this machine (DNS rebinding), gets nothing at all; without the token there is only the empty window.
 */
export function admit(request: GuardedRequest, rules: GuardRules): Route | Refusal {
  const host = only(request, 'host')
  if (host === undefined || !loopbackNames.some((name) => host === `${name}:${rules.port}`)) {
    return { status: 403, reason: 'This address is not known here.' }
  }
  if (request.headers.has('origin') && only(request, 'origin') !== `http://${host}`) {
    return { status: 403, reason: otherPage }
  }
  const site = request.headers.has('sec-fetch-site') ? (only(request, 'sec-fetch-site') ?? '') : undefined
  // 'none': the user opened the address, typed or from a bookmark.
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return { status: 403, reason: otherPage }
  }

  const authorization = only(request, 'authorization') ?? ''
  const route = routeOf(request.target, authorization)
  if (route === undefined) return { status: 404, reason: 'There is no such file.' }
  const reads = route.kind === 'file' || route.kind === 'events'
  if (request.method !== (reads ? 'GET' : 'POST'))
    return { status: 405, reason: 'This is not done that way.' }
  if (route.kind === 'file') return route

  if (site === 'none') return { status: 403, reason: otherPage }
  const isKnown = route.kind === 'token' ? route.code !== '' : isToken(authorization, rules.token)
  if (!isKnown) return { status: 401, reason: noToken }
  if (!reads && only(request, 'content-type') !== 'application/octet-stream') {
    return { status: 415, reason: 'Only application/octet-stream is read.' }
  }
  return route
}

/** To whoever has no right to more than the empty window. */
export const noToken = 'The token is missing.'
const otherPage = 'Another page led here. Paste the address into the address bar.'
const loopbackNames = ['127.0.0.1', 'localhost', '[::1]']

function routeOf(target: string, authorization: string): Route | undefined {
  if (target === '/token') {
    return { kind: 'token', code: /^Code ([\w-]{43})$/.exec(authorization)?.[1] ?? '' }
  }
  if (target === '/events') return { kind: 'events' }
  if (target === '/upload') return { kind: 'upload' }
  const command = /^\/call\/([a-z.-]{1,64})$/.exec(target)?.[1]
  if (command !== undefined) return { kind: 'call', command }
  // Whether there is such a file is looked up in a list.
  return /^\/[\w./-]{0,200}$/.test(target) ? { kind: 'file', path: target } : undefined
}

/** The value of a header that came exactly once. */
function only(request: GuardedRequest, name: string): string | undefined {
  const values = request.headers.get(name)
  return values?.length === 1 ? values[0] : undefined
}

/** In a time that does not depend on what was given. */
function isToken(authorization: string, token: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(authorization), digest(`Bearer ${token}`))
}
