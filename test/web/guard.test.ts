import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { admit } from '../../src/node/web/guard.ts'
import { oneTimeCodes } from '../../src/node/web/one-time-codes.ts'
import { httpTransport } from '../../src/renderer/client/http-transport.ts'
import { clientOver } from '../../src/renderer/client/index.ts'
import { decode, encode } from '../../src/shared/message-codec.ts'
import { full } from '../full.ts'
import { rawRequest, requestText } from './raw-request.ts'
import { type SmallHost, smallHost } from './small-host.ts'

let host: SmallHost

beforeAll(async () => {
  host = await smallHost({
    'studio.about': async () => ({ version: '1', platform: 'linux', host: 'browser', cluster: null }),
  })
})
afterAll(() => host.close())

const port = () => host.port
const newCode = () => new URL(host.openingUrl()).hash.slice('#code='.length)
const good = {
  host: () => `127.0.0.1:${port()}`,
  token: () => `Bearer ${host.token}`,
  code: () => `Code ${newCode()}`,
}
const body = Buffer.from(encode({})).toString('latin1')

interface Route {
  readonly method: string
  readonly target: string
  /** Whether it gives nothing without the token. */
  readonly guarded: boolean
}

const routes: readonly Route[] = [
  { method: 'GET', target: '/', guarded: false },
  { method: 'GET', target: '/index.html', guarded: false },
  { method: 'POST', target: '/call/studio.about', guarded: true },
  { method: 'POST', target: '/upload', guarded: true },
  { method: 'POST', target: '/token', guarded: true },
  { method: 'GET', target: '/events', guarded: true },
]

type Value = () => string | undefined
interface Case {
  readonly route: Route
  readonly host: Value
  readonly origin: Value
  readonly site: string | undefined
  readonly token: Value
  /** Decided by the sets below, not by the guard. */
  readonly passes: boolean
}

const goodHosts: readonly Value[] = [good.host, () => `localhost:${port()}`, () => `[::1]:${port()}`]
const badHosts: readonly Value[] = [
  () => undefined,
  () => '127.0.0.1',
  () => 'localhost',
  () => `127.0.0.1:${port() - 1}`,
  () => `127.0.0.1:0${port()}`,
  () => `0.0.0.0:${port()}`,
  () => `127.0.0.2:${port()}`,
  () => `2130706433:${port()}`,
  () => `mien.example:${port()}`,
  () => `localhost.mien.example:${port()}`,
  () => `127.0.0.1.nip.example:${port()}`,
  () => `localhost.:${port()}`,
  () => `a@localhost:${port()}`,
  () => `[::]:${port()}`,
]
const badOrigins: readonly Value[] = [
  () => 'null',
  () => '',
  () => 'https://mien.example',
  () => `https://127.0.0.1:${port()}`,
  () => `http://127.0.0.1:${port() - 1}`,
  () => 'http://127.0.0.1',
  () => `http://127.0.0.1:${port()}/`,
  () => `http://127.0.0.1:${port()}.example`,
  () => 'file://',
]
const sites = [undefined, 'same-origin', 'none', 'same-site', 'cross-site', 'anything']
const badTokens: readonly Value[] = [
  () => undefined,
  () => '',
  () => 'Bearer ',
  () => host.token,
  () => `bearer ${host.token}`,
  () => `Bearer ${host.token.slice(0, -1)}`,
  () => `Bearer ${host.token}a`,
  () => `Bearer ${'A'.repeat(43)}`,
  () => `Basic ${Buffer.from(host.token).toString('base64')}`,
]

function cases(): readonly Case[] {
  const all: Case[] = []
  for (const route of routes) {
    for (const name of [...goodHosts, ...badHosts]) {
      const own: Value = () => `http://${name()}`
      for (const origin of [() => undefined, own, ...badOrigins] as readonly Value[]) {
        for (const site of sites) {
          const right = route.target === '/token' ? good.code : good.token
          for (const token of [right, ...badTokens]) {
            const sites = route.guarded ? [undefined, 'same-origin'] : [undefined, 'same-origin', 'none']
            const passes =
              goodHosts.includes(name) &&
              !badOrigins.includes(origin) &&
              sites.includes(site) &&
              (token === right || !route.guarded)
            all.push({ route, host: name, origin, site, token, passes })
          }
        }
      }
    }
  }
  return all
}

const headersOf = (one: Case) =>
  [
    ['Host', one.host()],
    ['Origin', one.origin()],
    ['Sec-Fetch-Site', one.site],
    ['Authorization', one.token()],
    ['Content-Type', one.route.method === 'POST' ? 'application/octet-stream' : undefined],
  ] as const

const described = (one: Case) =>
  `${one.route.method} ${one.route.target} ${JSON.stringify(headersOf(one).filter(([, value]) => value !== undefined))}`

describe('the guard', () => {
  test('of every combination of Host, Origin, Sec-Fetch-Site and token only the allowed set passes', () => {
    const all = cases()
    const wrong = all.filter((one) => {
      const given = headersOf(one).filter(([, value]) => value !== undefined)
      const headers = new Map(given.map(([name, value]) => [name.toLowerCase(), [value as string]]))
      const decided = admit(
        { method: one.route.method, target: one.route.target, headers },
        { port: port(), token: host.token },
      )
      return 'kind' in decided !== one.passes
    })
    expect(wrong.map(described)).toEqual([])
    expect(all.length).toBeGreaterThan(50_000)
    expect(all.filter(({ passes }) => passes).length).toBeLessThan(all.length / 50)
  })

  test(
    'the same over sockets: nothing but the allowed set is answered, and no command is entered',
    async () => {
      const all = cases()
      // All that pass, and of the others every so many, in turns that touch every value of every header.
      const chosen = all.filter((one, i) => full || i % 23 === 0 || (one.passes && i % 3 === 0))
      expect(chosen.length).toBeGreaterThan(2000)
      host.entered.length = 0
      const wrong: string[] = []
      const queue = chosen.values()
      const work = async () => {
        for (const one of queue) {
          const { method, target } = one.route
          const answer = await rawRequest(
            port(),
            requestText(method, target, headersOf(one), method === 'POST' ? body : ''),
          )
          if ((answer.status === 200) !== one.passes) wrong.push(`${answer.status} ${described(one)}`)
          if (!one.passes && !/^HTTP\/1\.1 40[013]/.test(answer.head))
            wrong.push(`no refusal: ${described(one)}`)
        }
      }
      await Promise.all(Array.from({ length: 16 }, work))
      expect(wrong).toEqual([])
      const calls = chosen.filter(({ passes, route }) => passes && route.target.startsWith('/call')).length
      expect(host.entered.length).toBe(calls)
    },
    full ? 1_200_000 : 120_000,
  )
})

describe('a code', () => {
  const redeem = (code: string, scheme = 'Code') =>
    rawRequest(
      port(),
      requestText('POST', '/token', [
        ['Host', good.host()],
        ['Authorization', `${scheme} ${code}`],
        ['Content-Type', 'application/octet-stream'],
      ]),
    )

  test('is worth the token, once', async () => {
    const code = newCode()
    const headers = { Authorization: `Code ${code}`, 'Content-Type': 'application/octet-stream' }
    const answer = await fetch(`http://${good.host()}/token`, { method: 'POST', headers })
    expect(decode(new Uint8Array(await answer.arrayBuffer()))).toEqual({ ok: { token: host.token } })
    const again = await redeem(code)
    expect(again.status).toBe(401)
    expect(again.body).not.toContain(host.token)
  })

  test('is as long as the token, and not it', () => {
    const code = newCode()
    expect(Buffer.from(code, 'base64url')).toHaveLength(32)
    expect(host.openingUrl()).not.toContain(host.token)
    expect(newCode()).not.toBe(code)
  })

  test.each([
    ['that was never drawn', () => 'A'.repeat(43)],
    ['that is too short', () => newCode().slice(1)],
    ['that is the token', () => host.token],
    ['of another host', () => oneTimeCodes().draw()],
  ])('%s is worth nothing', async (_what, code) => {
    expect((await redeem(code())).status).toBe(401)
    expect((await redeem(code(), 'Bearer')).status).toBe(401)
  })

  test('does nothing in the place of the token', async () => {
    host.entered.length = 0
    for (const token of [good.code(), `Bearer ${newCode()}`]) {
      const headers = [
        ['Host', good.host()],
        ['Authorization', token],
        ['Content-Type', 'application/octet-stream'],
      ] as const
      expect(
        (await rawRequest(port(), requestText('POST', '/call/studio.about', headers, body))).status,
      ).toBe(401)
    }
    expect(host.entered).toEqual([])
  })

  test('that was spent leaves a page that says so, rather than to wait for a host that is there', async () => {
    const client = clientOver(httpTransport(`http://${good.host()}`, ''))
    await vi.waitFor(() => expect(client.connection).toBe('refused'))
  })

  test('is worth nothing after a minute, nor are those forgotten that were drawn since', () => {
    let now = 0
    const codes = oneTimeCodes(() => now)
    const [first, second] = [codes.draw(), codes.draw()]
    now = 59_999
    expect(codes.redeem(first)).toBe(true)
    const third = codes.draw()
    now = 60_000
    expect(codes.redeem(second)).toBe(false)
    codes.draw()
    expect(codes.redeem(third)).toBe(true)
  })
})

describe('a name that was bound to this machine', () => {
  test.each([
    ...routes.map(({ method, target }) => [method, target]),
    ['GET', '/no-such-file'],
    ['PUT', '/call/x'],
  ])('gets nothing from %s %s, with the token and without', async (method, target) => {
    for (const token of [good.token(), undefined]) {
      const answer = await rawRequest(
        port(),
        requestText(method!, target!, [
          ['Host', `mien.example:${port()}`],
          ['Origin', `http://mien.example:${port()}`],
          ['Sec-Fetch-Site', 'same-origin'],
          ['Authorization', token],
          ['Content-Type', 'application/octet-stream'],
        ]),
      )
      expect(answer.status).toBe(403)
      expect(answer.body).not.toMatch(/Mien|doctype/)
    }
  })

  test.each([
    ['two names', `Host: 127.0.0.1:PORT\r\nHost: mien.example:PORT`],
    ['two names the other way round', `Host: mien.example:PORT\r\nHost: 127.0.0.1:PORT`],
    ['the same name twice', `Host: 127.0.0.1:PORT\r\nHost: 127.0.0.1:PORT`],
    ['two names in one', `Host: 127.0.0.1:PORT, mien.example:PORT`],
    ['a folded name', `Host: 127.0.0.1:PORT\r\n .example`],
    ['two origins', `Host: 127.0.0.1:PORT\r\nOrigin: http://127.0.0.1:PORT\r\nOrigin: http://mien.example`],
    ['two sites', `Host: 127.0.0.1:PORT\r\nSec-Fetch-Site: same-origin\r\nSec-Fetch-Site: cross-site`],
  ])('%s are refused', async (_name, lines) => {
    const text = `GET / HTTP/1.1\r\n${lines.replaceAll('PORT', String(port()))}\r\nConnection: close\r\n\r\n`
    expect((await rawRequest(port(), text)).status).toBeGreaterThanOrEqual(400)
  })

  test('an address as the target does not stand for the name', async () => {
    const headers = [['Host', good.host()]] as const
    for (const target of [`http://127.0.0.1:${port()}/`, `http://mien.example/`, '*', '//mien.example/']) {
      expect((await rawRequest(port(), requestText('GET', target, headers))).status).not.toBe(200)
    }
  })

  test('a socket or a tunnel cannot be opened', async () => {
    const upgrade = requestText('GET', '/events', [
      ['Host', `mien.example:${port()}`],
      ['Upgrade', 'websocket'],
    ])
    expect((await rawRequest(port(), upgrade)).status).toBe(403)
    const tunnel = requestText('CONNECT', `mien.example:${port()}`, [['Host', `mien.example:${port()}`]])
    expect((await rawRequest(port(), tunnel)).status).not.toBe(200)
  })
})

describe('requests', () => {
  const authorised = [
    ['Host', `127.0.0.1:PORT`],
    ['Authorization', 'TOKEN'],
    ['Content-Type', 'application/octet-stream'],
  ] as const
  const headers = (changes: Record<string, string | undefined> = {}) =>
    authorised.map(([name, value]) => {
      const given = name in changes ? changes[name] : value
      return [name, given?.replace('PORT', String(port())).replace('TOKEN', good.token())] as const
    })

  test.each(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'PATCH'])('%s changes nothing', async (method) => {
    host.entered.length = 0
    for (const target of ['/call/projects.create', '/upload']) {
      expect((await rawRequest(port(), requestText(method, target, headers(), ''))).status).toBe(405)
    }
    expect(host.entered).toEqual([])
  })

  test.each([
    undefined,
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/json',
  ])('of the type %s, that a form could send, are refused', async (type) => {
    const text = requestText('POST', '/call/studio.about', headers({ 'Content-Type': type }), body)
    expect((await rawRequest(port(), text)).status).toBe(415)
  })

  test.each([
    '/../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/package.json',
    '/./index.html',
    '//index.html',
    '/secret.txt',
    '/index.html/',
    '/index.html%00',
    '/INDEX.HTML',
    '/uploads',
    '/assets/../secret.txt',
    '/__proto__',
    '/constructor',
    '/index.html?x',
  ])('for %s find no file', async (target) => {
    const answer = await rawRequest(port(), requestText('GET', target, headers()))
    expect(answer.status).toBe(404)
    expect(answer.body).not.toContain('not for the window')
  })

  test('are answered with what keeps a page to itself, and nothing that lets others in', async () => {
    for (const { method, target } of routes) {
      const { head } = await rawRequest(
        port(),
        requestText(method, target, headers(), method === 'POST' ? body : ''),
      )
      expect(head).toMatch(/^X-Content-Type-Options: nosniff\r?$/m)
      expect(head).toMatch(
        /^Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self';/m,
      )
      expect(head).toMatch(/^Cross-Origin-Opener-Policy: same-origin\r?$/m)
      expect(head).toMatch(/^Cross-Origin-Resource-Policy: same-origin\r?$/m)
      expect(head).toMatch(/frame-ancestors 'none'/)
      expect(head).not.toMatch(/Access-Control-/i)
      expect(head).not.toMatch(/unsafe-/)
    }
  })

  test('that are larger than any message are not read', async () => {
    const text = requestText('POST', '/call/studio.about', headers()).toString('latin1')
    const huge = text.replace('Content-Length: 0', `Content-Length: ${400 * 2 ** 20}`)
    expect((await rawRequest(port(), huge)).status).toBe(413)
  })

  test('come from this machine only', async () => {
    const { networkInterfaces } = await import('node:os')
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((one) => one !== undefined && !one.internal && one.family === 'IPv4')
    for (const { address } of others as { address: string }[]) {
      await expect(rawRequest(port(), requestText('GET', '/', headers()), address)).rejects.toThrow(
        /ECONNREFUSED/,
      )
    }
  })
})
