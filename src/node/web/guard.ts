import { type GuardedRequest, isForLoopback, only, senderOf, showsToken } from '../host/loopback-guard.ts'

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
  if (!isForLoopback(request, rules.port)) return { status: 403, reason: 'This address is not known here.' }
  const sender = senderOf(request)
  if (sender === 'other-page') return { status: 403, reason: otherPage }

  const authorization = only(request, 'authorization') ?? ''
  const route = routeOf(request.target, authorization)
  if (route === undefined) return { status: 404, reason: 'There is no such file.' }
  const reads = route.kind === 'file' || route.kind === 'events'
  if (request.method !== (reads ? 'GET' : 'POST'))
    return { status: 405, reason: 'This is not done that way.' }
  if (route.kind === 'file') return route

  if (sender === 'user') return { status: 403, reason: otherPage }
  const isKnown = route.kind === 'token' ? route.code !== '' : showsToken(request, rules.token)
  if (!isKnown) return { status: 401, reason: noToken }
  if (!reads && only(request, 'content-type') !== 'application/octet-stream') {
    return { status: 415, reason: 'Only application/octet-stream is read.' }
  }
  return route
}

/** To whoever has no right to more than the empty window. */
export const noToken = 'The token is missing.'
const otherPage = 'Another page led here. Paste the address into the address bar.'

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
