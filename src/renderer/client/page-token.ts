import type { Outcome } from '../../shared/bridge.ts'
import { decode } from '../../shared/message-codec.ts'

const key = 'mien-token'

/**
 * The token that the host gave in the fragment of the address, or that a code there is worth. It is kept for this tab, so
 * that a reload works, and the fragment is taken out of the address, so that it is neither shown nor copied with it.
 */
export async function pageToken(): Promise<string> {
  const given = new URLSearchParams(location.hash.slice(1))
  if (given.size > 0) history.replaceState(null, '', location.pathname)
  const code = given.get('code')
  const token = given.get('token') ?? (code === null ? undefined : await redeemed(code))
  if (token !== undefined) sessionStorage.setItem(key, token)
  return token ?? sessionStorage.getItem(key) ?? ''
}

/** What the host gives for a code; undefined where it was used before, or is too old. */
async function redeemed(code: string): Promise<string | undefined> {
  const headers = { Authorization: `Code ${code}`, 'Content-Type': 'application/octet-stream' }
  const response = await fetch(`${location.origin}/token`, { method: 'POST', headers }).catch(() => undefined)
  if (response?.ok !== true) return undefined
  const outcome = decode(new Uint8Array(await response.arrayBuffer())) as Outcome
  return 'ok' in outcome ? (outcome.ok as { token: string }).token : undefined
}
