import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import { openUploads } from '../../src/node/hosts/uploads.ts'
import { httpTransport } from '../../src/renderer/client/http-transport.ts'
import { type Client, clientOver, ServiceFailure } from '../../src/renderer/client/index.ts'
import type { Service } from '../../src/shared/contract.ts'
import { rawRequest, requestText } from './raw-request.ts'
import { type SmallHost, smallHost } from './small-host.ts'

/** Patient enough for a machine that does other things as well. */
const waitFor = (fits: () => unknown) => vi.waitFor(fits, { timeout: 20_000 })

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const host of open.splice(0)) await host.close()
})

async function started(...how: Parameters<typeof smallHost>): Promise<SmallHost> {
  const host = await smallHost(...how)
  open.push(host)
  return host
}

/** The window's own client, over HTTP. */
function windowOf(host: SmallHost): Client {
  return clientOver(httpTransport(`http://127.0.0.1:${host.port}`, host.token))
}

const picture = new Uint8Array(3 * 2 ** 20).map((_, i) => i)

describe('a window over HTTP', () => {
  test('calls, with bytes both ways', async () => {
    const given: Uint8Array[] = []
    const host = await started({
      'projects.unpack': async ({ bytes }) => {
        given.push(bytes)
        throw new MienError('bad-file', 'This is no project.', { hint: 'Export it again.' })
      },
      'projects.thumbnail': async () => ({ image: picture }),
    })
    const client = windowOf(host)
    const { image } = await client.call('projects.thumbnail', { project: 'a' })
    expect(Buffer.from(image!).equals(picture)).toBe(true)
    const failure = await client
      .call('projects.unpack', { name: 'a', bytes: picture })
      .catch((error) => error)
    expect(failure).toBeInstanceOf(ServiceFailure)
    expect(failure.failure).toEqual({
      code: 'bad-file',
      message: 'This is no project.',
      hint: 'Export it again.',
    })
    expect(Buffer.from(given[0]!).equals(picture)).toBe(true)
  })

  test('never sends parameters that the contract has not', async () => {
    const host = await started()
    await expect(windowOf(host).call('projects.open', { project: '../a' })).rejects.toThrow()
    expect(host.entered).toEqual([])
  })

  test('does not mistake a damaged body for a call', async () => {
    const host = await started()
    const text = requestText(
      'POST',
      '/call/projects.list',
      [
        ['Host', `localhost:${host.port}`],
        ['Authorization', `Bearer ${host.token}`],
        ['Content-Type', 'application/octet-stream'],
      ],
      '\xff\xff\xff\xff{}',
    )
    const answer = await rawRequest(host.port, text)
    expect(answer.body).toContain('"code":"wrong-use"')
    expect(host.entered).toEqual([])
    expect(host.defects).toEqual([])
  })

  test('hears events, two windows at once', async () => {
    const host = await started({ 'projects.list': async () => [] })
    const heard: unknown[][] = [[], []]
    for (const list of heard) {
      const client = windowOf(host)
      client.on('run.preview', ({ step }) => list.push(step))
      client.on('models', () => list.push('models'))
      // Once a call was answered the window listens.
      await client.call('projects.list', {})
    }
    host.events.emit('run.preview', { run: 'a', step: 7, image: picture, points: null })
    host.events.emit('models', {})
    await waitFor(() =>
      expect(heard).toEqual([
        [7, 'models'],
        [7, 'models'],
      ]),
    )
  })

  test('that stops reading costs the run nothing, and goes on with the newest preview', async () => {
    const host = await started()
    const headers = [
      ['Host', `localhost:${host.port}`],
      ['Authorization', `Bearer ${host.token}`],
    ] as const
    const { connect } = await import('node:net')
    const slow = connect(host.port, '127.0.0.1')
    let got = 0
    slow.write(requestText('GET', '/events', headers).toString('latin1').replace('Connection: close\r\n', ''))
    await new Promise<void>((resolve) => slow.once('data', () => resolve()))
    slow.pause()
    const begin = performance.now()
    for (let step = 0; step < 300; step++) {
      host.events.emit('run.preview', { run: 'a', step, image: picture, points: null })
      await new Promise((resolve) => setImmediate(resolve))
    }
    // 900 MiB would have been to send.
    expect(performance.now() - begin).toBeLessThan(10_000)
    let last = ''
    slow.on('data', (data) => {
      got += data.length
      last = (last + data.toString('latin1')).slice(-picture.length - 2000)
    })
    slow.resume()
    await waitFor(() => expect(last.includes('"step":299')).toBe(true))
    expect(got).toBeLessThan(30 * picture.length)
    slow.destroy()
  })

  test('finds the host again after it was started anew, and is told that it missed something', async () => {
    const answers: Partial<Service> = { 'projects.list': async () => [] }
    const first = await smallHost(answers)
    const client = windowOf(first)
    const told: string[] = []
    const heard = vi.fn()
    client.onConnection((now) => told.push(now))
    client.on('models', heard)
    await client.call('projects.list', {})
    await first.close()
    await waitFor(() => expect(client.connection).toBe('lost'))
    await expect(client.call('projects.list', {})).rejects.toMatchObject({ failure: { code: 'lost' } })

    const second = await started(answers, { port: first.port, token: first.token })
    await waitFor(() => expect(told).toEqual(['lost', 'connected']))
    expect(await client.call('projects.list', {})).toEqual([])
    second.events.emit('models', {})
    await waitFor(() => expect(heard).toHaveBeenCalledOnce())
  })
})

describe('uploads', () => {
  test('are streamed to a file that keeps its name, and are gone with the host', async () => {
    const host = await started()
    const id = await windowOf(host).upload(new File([picture], 'ffhq 256.pkl'))
    const path = host.uploads.path(id)!
    expect(basename(path)).toBe('ffhq_256.pkl')
    expect(readFileSync(path).equals(picture)).toBe(true)
    await host.uploads.dispose()
    expect(existsSync(path)).toBe(false)
    expect(host.uploads.path(id)).toBeUndefined()
  })

  test.each([
    ['../../etc/passwd', '_.._.._etc_passwd'],
    ['', '_'],
    ['.hidden', '_.hidden'],
    ['CON', '_CON'],
    ['nul.pkl', '_nul.pkl'],
    ['concept.pkl', 'concept.pkl'],
    ['a\\..\\b\0.pkl', 'a_.._b_.pkl'],
    [`${'x'.repeat(300)}.pkl`, `${'x'.repeat(76)}.pkl`],
  ])('named %j lie in their own folder as %j', async (name, expected) => {
    const host = await started()
    const id = await host.uploads.receive(name, pieces(new Uint8Array([1])))
    const path = host.uploads.path(id)!
    expect(basename(path)).toBe(expected)
    expect(basename(dirname(path))).toBe(id)
  })

  test('that break off leave nothing', async () => {
    const host = await started()
    const broken = async function* () {
      yield new Uint8Array(10)
      throw new Error('the tab was closed')
    }
    await expect(host.uploads.receive('a.pkl', broken())).rejects.toThrow('the tab was closed')
    expect(files(host.folder)).not.toContain('a.pkl')
  })

  test('are removed when they are let go; files that stay where they are, are not', async () => {
    const host = await started()
    const id = await host.uploads.receive('a.pkl', pieces(new Uint8Array([1])))
    const path = host.uploads.path(id)!
    const own = host.uploads.refer(path)
    await host.uploads.release(own)
    expect([existsSync(path), host.uploads.path(own)]).toEqual([true, undefined])
    await host.uploads.release(id)
    await host.uploads.release(id)
    expect([existsSync(path), host.uploads.path(id)]).toEqual([false, undefined])
  })

  test('are bounded: the oldest goes when too many came', async () => {
    const host = await started()
    const ids: string[] = []
    for (let i = 0; i < 10; i++) ids.push(await host.uploads.receive(`${i}.pkl`, pieces(new Uint8Array([i]))))
    expect(ids.map((id) => host.uploads.path(id) !== undefined)).toEqual([
      false,
      false,
      ...Array(8).fill(true),
    ])
    expect(files(host.folder).filter((name) => name.endsWith('.pkl'))).toHaveLength(8)
  })

  test('of processes that were killed are removed at the next start, those of others that live are not', async () => {
    const host = await started()
    const folder = join(host.folder, 'others')
    const id = 'a'.repeat(24)
    const alive = `${process.ppid}-${id}`
    // No Mien names its folders so.
    const foreign = ['backup', `${2 ** 22 + 1}-copy`]
    for (const name of [join(`${2 ** 22 + 1}-${id}`, 'bb'), alive, ...foreign]) {
      mkdirSync(join(folder, name), { recursive: true })
    }
    await openUploads(folder)
    expect(readdirSync(folder).sort()).toEqual([alive, ...foreign].sort())
    rmSync(folder, { recursive: true })
  })
})

async function* pieces(...all: Uint8Array[]) {
  yield* all
}

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => basename(path))
}

describe('the host', () => {
  test('draws 32 bytes for its token, and others the next time', async () => {
    const [one, two] = [await started(), await started()]
    expect(Buffer.from(one.token, 'base64url')).toHaveLength(32)
    expect(one.token).not.toBe(two.token)
    expect(new URL(one.url).search).toBe('')
  })

  test('says so when its port is taken', async () => {
    const { port } = await started()
    await expect(smallHost({}, { port })).rejects.toMatchObject({ code: 'wrong-use', message: /in use/ })
  })

  test('ends at once, also while windows listen', async () => {
    const host = await smallHost({ 'projects.list': async () => [] })
    await windowOf(host).call('projects.list', {})
    const begin = performance.now()
    await host.close()
    expect(performance.now() - begin).toBeLessThan(5000)
  })
})
