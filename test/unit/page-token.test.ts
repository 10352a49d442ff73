// @vitest-environment happy-dom
import { afterEach, expect, test, vi } from 'vitest'
import { pageToken } from '../../src/renderer/client/page-token.ts'
import { encode } from '../../src/shared/message-codec.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  sessionStorage.clear()
})

/** A host that knows one code, once. */
function host(code: string, token: string) {
  const known = new Set([`Code ${code}`])
  const asked = vi.fn(async (_address: string, { headers }: { headers: Record<string, string> }) =>
    known.delete(headers.Authorization!)
      ? new Response(encode({ ok: { token } }))
      : new Response('', { status: 401 }),
  )
  vi.stubGlobal('fetch', asked)
  return asked
}

test('a code in the address is redeemed once, kept for reloads, and taken out of the address', async () => {
  const asked = host('abc', 'the-token')
  location.hash = '#code=abc'
  const token = pageToken()
  expect(location.hash).toBe('')
  expect(await token).toBe('the-token')
  expect(await pageToken()).toBe('the-token')
  expect(asked).toHaveBeenCalledTimes(1)
  const [address, { method }] = asked.mock.calls[0]! as unknown as [string, { method: string }]
  expect([address, method]).toEqual([`${location.origin}/token`, 'POST'])
})

test('a code that is worth nothing any more leaves what this tab knows', async () => {
  host('other', 'x')
  location.hash = '#code=abc'
  expect(await pageToken()).toBe('')
  sessionStorage.setItem('mien-token', 'kept')
  location.hash = '#code=abc'
  expect(await pageToken()).toBe('kept')
})

test('a token in the address is taken as it is', async () => {
  const asked = host('abc', 'x')
  location.hash = '#token=printed'
  expect(await pageToken()).toBe('printed')
  expect(await pageToken()).toBe('printed')
  expect(asked).not.toHaveBeenCalled()
})
