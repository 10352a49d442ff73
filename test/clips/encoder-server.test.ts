import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PageServer } from '../../src/node/chromium/page-server.ts'
import { startEncoderServer } from '../../src/node/video/encoder-server.ts'
import type { Vp9Packet } from '../../src/node/video/vp9.ts'
import { readOrder } from '../../src/shared/page-order.ts'
import { type RawAnswer, rawRequest, requestText } from '../web/raw-request.ts'

const packets: Vp9Packet[] = []
const verdicts: string[] = []
const frames = ['abcdef']
let server: PageServer
let address: URL
let token: string
beforeAll(async () => {
  server = await startEncoderServer({
    size: { width: 2, height: 2 },
    nextFrame: async () => {
      const frame = frames.shift()
      return frame === undefined ? undefined : new TextEncoder().encode(frame)
    },
    onPacket: async (packet) => void packets.push(packet),
    onEnd: (verdict) => verdicts.push(verdict),
  })
  address = new URL(server.address)
  token = readOrder(address.hash).token
})
afterAll(() => server.close())

function ask(method: string, target: string, shown: string | undefined, body = ''): Promise<RawAnswer> {
  const headers = { Host: `127.0.0.1:${address.port}`, ...(shown && { Authorization: `Bearer ${shown}` }) }
  return rawRequest(Number(address.port), requestText(method, target, Object.entries(headers), body))
}

test('the order says what is encoded', () => {
  expect(readOrder(address.hash)).toEqual({ work: 'encode', token, width: 2, height: 2 })
})

test.each([
  ['GET', '/frame'],
  ['POST', '/packet/key'],
  ['POST', '/end'],
])('without the token %s %s is refused', async (method, target) => {
  for (const shown of [undefined, 'a'.repeat(43)]) {
    expect(await ask(method, target, shown, 'done')).toMatchObject({ status: 403 })
  }
  expect([frames, packets, verdicts]).toEqual([['abcdef'], [], []])
})

test.each([
  ['GET', '/clip'],
  ['GET', '/frame/1'],
  ['POST', '/frame'],
  ['POST', '/packet'],
  ['POST', '/packet/other'],
])('there is no %s %s', async (method, target) => {
  expect(await ask(method, target, token)).toMatchObject({ status: 404 })
})

describe('with the token', () => {
  test('frames are given until there is none', async () => {
    expect(await ask('GET', '/frame', token)).toMatchObject({ status: 200, body: 'abcdef' })
    expect(await ask('GET', '/frame', token)).toMatchObject({ status: 204, body: '' })
  })

  test('packets are taken, and what is longer than any breaks the connection', async () => {
    expect(await ask('POST', '/packet/key', token, 'xyz')).toMatchObject({ status: 200 })
    expect(await ask('POST', '/packet/delta', token, '')).toMatchObject({ status: 200 })
    await ask('POST', '/packet/key', token, 'x'.repeat(70_000)).catch(() => undefined)
    expect(packets.map(({ type, data }) => [type, new TextDecoder().decode(data)])).toEqual([
      ['key', 'xyz'],
      ['delta', ''],
    ])
  })
})
