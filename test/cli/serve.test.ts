import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { httpTransport } from '../../src/renderer/client/http-transport.ts'
import { type Client, clientOver } from '../../src/renderer/client/index.ts'
import { decode } from '../../src/shared/message-codec.ts'
import type { Run } from '../../src/shared/run.ts'
import { tinyHome } from '../crash/studio-home.ts'
import { jsonOf, mien, temporaryFolder } from './mien.ts'

const script = join(import.meta.dirname, '..', '..', 'dist', 'node', 'cli', 'main.js')

interface Served {
  readonly child: ChildProcess
  readonly url: URL
  readonly client: Client
  /** Asks it to end, by Ctrl-C if nothing else is said, and gives the exit code. */
  interrupt(signal?: NodeJS.Signals): Promise<number | null>
}

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Starts `mien serve` without a browser and waits for its address. */
const serve = (home: string, ...flags: readonly string[]) =>
  serveIn({ MIEN_HOME: home }, '--no-open', ...flags)

async function serveIn(env: NodeJS.ProcessEnv, ...flags: readonly string[]): Promise<Served> {
  const child = spawn(process.execPath, [script, 'serve', '--json', ...flags], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  children.push(child)
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout!.once('data', (data) => resolve(String(data)))
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)))
  })
  const url = new URL((JSON.parse(line) as { url: string }).url)
  return {
    child,
    url,
    client: clientOver(httpTransport(url.origin, url.hash.slice('#token='.length))),
    interrupt(signal = 'SIGINT') {
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
      child.kill(signal)
      return ended
    },
  }
}

/** A program that is called as what opens addresses, and writes down what it was given. */
function opener(): { readonly path: string; readonly given: () => Promise<string> } {
  const folder = temporaryFolder()
  const file = join(folder, 'given')
  const script = `#!/bin/sh\nprintf %s "$*" > '${file}.new' && mv '${file}.new' '${file}'\n`
  writeFileSync(join(folder, 'xdg-open'), script, { mode: 0o755 })
  return {
    path: `${folder}:${process.env.PATH}`,
    given: () => vi.waitFor(() => readFileSync(file, 'utf8'), { timeout: 20_000 }),
  }
}

/** The first news of that run which fits. */
function news(client: Client, id: string, fits: (run: Run) => boolean): Promise<Run> {
  return new Promise((resolve) => {
    const leave = client.on('run', (run) => {
      if (run.id !== id || !fits(run)) return
      leave()
      resolve(run)
    })
  })
}

// Windows has no signal that a process could be asked with.
const onPosix = test.skipIf(process.platform === 'win32')

onPosix(
  'serves a search with its previews; SIGINT and SIGTERM keep where it was, and the next start goes on from there',
  async () => {
    const { home, project, setup } = await tinyHome()
    const first = await serve(home)
    expect(await first.client.call('studio.about', {})).toMatchObject({ host: 'browser' })
    const shown = new Promise<Uint8Array>((resolve) => {
      first.client.on('run.preview', ({ image }) => resolve(image))
    })
    const asked = { name: 'Live', setup: setup({ live: true }, { device: 'cpu' }) }
    const [run] = await first.client.call('runs.start', { project, runs: [asked] })
    let { step } = await news(first.client, run!.id, (now) => now.step >= 10)
    expect((await shown).length).toBeGreaterThan(100)

    let served = first
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      expect(await served.interrupt(signal), signal).toBe(0)
      served = await serve(home)
      // The page that was open needs no new address.
      expect(served.url.href).toBe(first.url.href)
      const going = await news(first.client, run!.id, (now) => now.state === 'running')
      expect(going.step, signal).toBeGreaterThan(0)
      expect(going.step, signal).toBeLessThan(step + 60)
      step = going.step
    }
    await first.client.call('runs.stop', { project, run: run!.id })
    expect(await served.interrupt()).toBe(0)
    expect(statSync(join(home, 'web-token')).mode & 0o077).toBe(0)
  },
)

test.skipIf(process.platform !== 'linux')(
  'a browser is handed a code, which is worth the token once; the printed address has the token',
  async () => {
    const { path, given } = opener()
    const { url } = await serveIn({ MIEN_HOME: temporaryFolder(), PATH: path })
    const opened = new URL(await given())
    expect([opened.origin, opened.pathname]).toEqual([url.origin, '/'])
    const token = url.hash.slice('#token='.length)
    expect(opened.href).not.toContain(token)
    const redeem = () =>
      fetch(`${url.origin}/token`, {
        method: 'POST',
        headers: {
          Authorization: `Code ${opened.hash.slice('#code='.length)}`,
          'Content-Type': 'application/octet-stream',
        },
      })
    const first = await redeem()
    expect(decode(new Uint8Array(await first.arrayBuffer()))).toEqual({ ok: { token } })
    expect((await redeem()).status).toBe(401)
  },
)

onPosix('a second Ctrl-C ends it at once', async () => {
  const { child, interrupt } = await serve(temporaryFolder())
  const ended = interrupt()
  child.kill('SIGINT')
  expect([0, 130]).toContain(await ended)
})

test('a port that is taken is refused with advice', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  const refused = await mien(['serve', '--no-open', '--json', '--port', String(port)])
  server.close()
  expect(refused.code).toBe(2)
  expect(jsonOf(refused)).toMatchObject({
    error: { code: 'wrong-use', hint: expect.stringMatching(/--port/) },
  })
})

test.each([['0'], ['80'], ['70000'], ['x']])('%s is no port', async (port) => {
  expect((await mien(['serve', '--no-open', '--port', port])).code).toBe(2)
})
