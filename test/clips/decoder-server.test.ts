import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { PageServer } from '../../src/node/chromium/page-server.ts'
import { startDecoderServer } from '../../src/node/clips/decoder-server.ts'
import type { DecodedFrame } from '../../src/shared/clip.ts'
import { readOrder } from '../../src/shared/page-order.ts'
import { type RawAnswer, rawRequest, requestText } from '../web/raw-request.ts'

const folder = mkdtempSync(join(tmpdir(), 'mien-decoder-'))
const path = join(folder, 'film.mp4')
writeFileSync(path, '0123456789')

const frames: DecodedFrame[] = []
const verdicts: string[] = []
let server: PageServer
let address: URL
let token: string
beforeAll(async () => {
  server = await startDecoderServer({
    ...{ path, size: { width: 2, height: 1 }, from: 0.25, to: Number.POSITIVE_INFINITY },
    onFrame: async (frame) => void frames.push(frame),
    onEnd: (verdict) => verdicts.push(verdict),
  })
  address = new URL(server.address)
  token = readOrder(address.hash).token
})
beforeEach(() => {
  frames.length = 0
  verdicts.length = 0
})
afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true, force: true })
})

interface Request {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}
const known = () => ({ Authorization: `Bearer ${token}` })
function ask(target: string, { method = 'GET', headers = {}, body = '' }: Request = {}): Promise<RawAnswer> {
  const all = { Host: `127.0.0.1:${address.port}`, ...headers }
  return rawRequest(Number(address.port), requestText(method, target, Object.entries(all), body))
}
const post = (target: string, body: string, headers: Readonly<Record<string, string>> = known()) =>
  ask(target, { method: 'POST', body, headers })

test('the order stands in the fragment, which no request carries', () => {
  expect(readOrder(address.hash)).toEqual({
    work: 'decode',
    ...{ token: expect.stringMatching(/^[\w-]{43}$/), width: 2, height: 1 },
    ...{ from: 0.25, to: Number.POSITIVE_INFINITY },
  })
  expect(address.hostname).toBe('127.0.0.1')
})

describe('without the token', () => {
  test('there is the empty page, which may speak to this server alone', async () => {
    const { status, head } = await ask('/')
    expect(status).toBe(200)
    expect(head).toContain(
      "Content-Security-Policy: default-src 'none'; script-src 'self'; connect-src 'self'",
    )
    expect((await ask('/page.js')).status).toBe(200)
  })

  test.each([
    ['GET', '/clip'],
    ['POST', '/frame/0'],
    ['POST', '/end'],
  ])('%s %s is refused', async (method, target) => {
    for (const headers of [{}, { Authorization: 'Bearer ' }, { Authorization: `Bearer ${'a'.repeat(43)}` }]) {
      expect(await ask(target, { method, headers, body: 'done' })).toMatchObject({ status: 403 })
    }
    expect([frames, verdicts]).toEqual([[], []])
  })
})

test.each([
  ['a foreign name', { Host: 'evil.example' }],
  ['another origin', { Origin: 'http://evil.example' }],
  ['another site', { 'Sec-Fetch-Site': 'cross-site' }],
])('%s gets nothing at all, also with the token', async (_, headers) => {
  for (const target of ['/', '/page.js', '/clip']) {
    expect((await ask(target, { headers: { ...known(), ...headers } })).status).toBe(403)
  }
  expect((await post('/end', 'done', { ...known(), ...headers })).status).toBe(403)
  expect(verdicts).toEqual([])
})

test.each(['/clip/', '/../package.json', '/page.js.map', '/frame/', '/frame/x', '/frame/NaN', '/end/'])(
  'there is no %s',
  async (target) => {
    expect((await ask(target, { headers: known() })).status).toBe(404)
    expect((await post(target, '')).status).toBe(404)
  },
)

describe('with the token', () => {
  test('pieces of the video are read', async () => {
    const read = (range: string) => ask('/clip', { headers: { ...known(), Range: range } })
    expect(await ask('/clip', { headers: known() })).toMatchObject({ status: 200, body: '0123456789' })
    expect(await read('bytes=3-5')).toMatchObject({ status: 206, body: '345' })
    expect((await read('bytes=3-5')).head).toContain('Content-Range: bytes 3-5/10')
    expect(await read('bytes=7-')).toMatchObject({ status: 206, body: '789' })
    expect(await read('bytes=10-')).toMatchObject({ status: 416 })
    expect(await read('bytes=7-9999')).toMatchObject({ status: 206, body: '789' })
  })

  test('frames of the right size are taken, others break the connection', async () => {
    expect((await post('/frame/1.5', 'abcdef')).status).toBe(200)
    expect(frames).toEqual([
      { seconds: 1.5, image: { width: 2, height: 1, data: new TextEncoder().encode('abcdef') } },
    ])
    await post('/frame/2', 'abcde')
    await post('/frame/2', 'abcdefg')
    expect(frames).toHaveLength(1)
  })

  test('what is no known end is damage', async () => {
    for (const end of ['done', 'codec', 'damaged', 'whatever']) await post('/end', end)
    await post('/end', 'more than any end that there is has')
    expect(verdicts).toEqual(['done', 'codec', 'damaged', 'damaged'])
  })
})
