import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, connect, type Server } from 'node:net'
import { join } from 'node:path'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { request } from '../../src/node/downloads/request.ts'
import { proxyFor } from '../../src/node/downloads/tunnel.ts'
import { temporaryFolder } from '../cli/mien.ts'

const address = new URL('https://cdn.example.com/a.pkl')

describe('a proxy', () => {
  test.each([
    [{}, undefined],
    [{ HTTPS_PROXY: '' }, undefined],
    [{ HTTPS_PROXY: 'http://proxy:3128' }, 'http://proxy:3128/'],
    [{ https_proxy: 'proxy:3128', HTTPS_PROXY: 'http://other' }, 'http://proxy:3128/'],
    [{ HTTPS_PROXY: 'http://proxy', NO_PROXY: '*' }, undefined],
    [{ HTTPS_PROXY: 'http://proxy', NO_PROXY: 'a.org, example.com' }, undefined],
    [{ HTTPS_PROXY: 'http://proxy', no_proxy: '.example.com:443' }, undefined],
    [{ HTTPS_PROXY: 'http://proxy', NO_PROXY: 'example.com:8443,ple.com,' }, 'http://proxy/'],
  ])('is as the environment %j says', async (environment, proxy) => {
    expect((await proxyFor(address, environment))?.href).toBe(proxy)
  })

  test('that is no address is said, and this machine needs none', async () => {
    await expect(proxyFor(address, { HTTPS_PROXY: 'http://:x' })).rejects.toThrow(/HTTPS_PROXY/)
    const here = new URL('http://127.0.0.1/a')
    const never = () => Promise.reject(new Error('asked'))
    expect(await proxyFor(here, { HTTPS_PROXY: 'http://proxy' }, never)).toBeUndefined()
  })

  test.each([
    ['DIRECT', undefined],
    ['', undefined],
    ['PROXY proxy:3128', 'http://proxy:3128/'],
    ['PROXY [::1]:3128;DIRECT', 'http://[::1]:3128/'],
    ['HTTPS proxy:443; PROXY other:80', 'https://proxy/'],
    ['SOCKS5 socks:1080; PROXY other:80', 'http://other/'],
    ['SOCKS socks:1080; DIRECT', undefined],
    ['PROXY ; PROXY other:80', 'http://other/'],
  ])('is as the system says, %j, where the environment says nothing', async (list, proxy) => {
    const asked: string[] = []
    const ask = async (of: string) => {
      asked.push(of)
      return list
    }
    expect((await proxyFor(address, {}, ask))?.href).toBe(proxy)
    expect((await proxyFor(address, { HTTPS_PROXY: 'http://mine' }, ask))?.href).toBe('http://mine/')
    expect(await proxyFor(address, { NO_PROXY: '.example.com' }, ask)).toBeUndefined()
    expect(asked).toEqual([address.href])
  })

  test('of a kind that is not spoken is said', async () => {
    await expect(proxyFor(address, {}, async () => 'SOCKS5 socks:1080')).rejects.toMatchObject({
      code: 'download',
      message: expect.stringContaining('of another kind: SOCKS5 socks:1080.'),
    })
  })
})

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** A certificate is made for the test, since one that is kept runs out. */
const hasOpenssl = spawnSync('openssl', ['version']).status === 0

/** A proxy that connects to one port, whatever host is asked for. */
async function proxyTo(port: number, seen: IncomingMessage[], status = 200): Promise<number> {
  const proxy = createServer()
  proxy.on('connect', (asked, socket) => {
    seen.push(asked)
    socket.on('error', () => undefined)
    socket.write(`HTTP/1.1 ${status} x\r\n\r\n`)
    if (status !== 200) return void socket.end()
    const there = connect(port, '127.0.0.1', () => there.pipe(socket).pipe(there))
    there.on('error', () => socket.destroy())
  })
  return listening(proxy)
}

describe('through a proxy', () => {
  afterEach(() => vi.unstubAllEnvs())
  const options = (port: number) => ({
    rules: { own: false, hosts: new Set([`localhost:${port}`]) },
    ...{ headers: {}, signal: new AbortController().signal },
  })

  test.skipIf(!hasOpenssl)(
    'the connection is encrypted to the host, whose certificate is checked',
    async () => {
      const folder = temporaryFolder()
      const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
      const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
      const made = [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        '-keyout',
        key,
        '-out',
        certificate,
      ]
      execFileSync('openssl', [...made, ...names], { stdio: 'ignore' })
      const keys = { key: readFileSync(key), cert: readFileSync(certificate) }
      const port = await listening(createSecureServer(keys, (_, response) => void response.end('whole')))
      const seen: IncomingMessage[] = []
      vi.stubEnv('HTTPS_PROXY', `http://me:p%40ss@127.0.0.1:${await proxyTo(port, seen)}`)
      vi.stubEnv('NO_PROXY', '')
      const asking = request(new URL(`https://localhost:${port}/a`), options(port))
      await expect(asking).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
      vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
      const answer = await request(new URL(`https://localhost:${port}/a`), options(port))
      for await (const piece of answer.body) expect(Buffer.from(piece).toString()).toBe('whole')
      expect(seen).toHaveLength(2)
      expect(seen[0]).toMatchObject({ url: `localhost:${port}` })
      expect(seen[0]!.headers['proxy-authorization']).toBe(
        `Basic ${Buffer.from('me:p@ss').toString('base64')}`,
      )
    },
  )

  test('that the system names', async () => {
    const seen: IncomingMessage[] = []
    const proxy = await proxyTo(1, seen, 502)
    for (const name of ['HTTPS_PROXY', 'https_proxy', 'NO_PROXY', 'no_proxy']) vi.stubEnv(name, '')
    const askProxy = async () => `PROXY 127.0.0.1:${proxy}; DIRECT`
    await expect(
      request(new URL('https://localhost:5/a'), { ...options(5), askProxy }),
    ).rejects.toMatchObject({ code: 'download', message: expect.stringContaining(': 502') })
    expect(seen.map(({ url }) => url)).toEqual(['localhost:5'])
  })

  test.each([403, 407])('its refusal %i is said', async (status) => {
    vi.stubEnv('HTTPS_PROXY', `http://127.0.0.1:${await proxyTo(1, [], status)}`)
    vi.stubEnv('NO_PROXY', '')
    await expect(request(new URL('https://localhost:5/a'), options(5))).rejects.toMatchObject({
      code: 'download',
      message: expect.stringMatching(new RegExp(`refuses to connect to localhost:5: ${status}`)),
    })
  })
})
