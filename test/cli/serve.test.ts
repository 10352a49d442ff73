import { type ChildProcess, spawn } from 'node:child_process'
import { statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { httpTransport } from '../../src/renderer/client/http-transport.ts'
import { type Client, clientOver } from '../../src/renderer/client/index.ts'
import type { Run } from '../../src/shared/run.ts'
import { tinyHome } from '../crash/studio-home.ts'
import { jsonOf, mien, temporaryFolder } from './mien.ts'

const script = join(import.meta.dirname, '..', '..', 'dist', 'node', 'cli', 'main.js')

interface Served {
  readonly child: ChildProcess
  readonly url: URL
  readonly client: Client
  /** Asks it to end, gives the exit code. */
  interrupt(): Promise<number | null>
}

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Starts `mien serve` and waits for its address. */
async function serve(home: string, ...flags: readonly string[]): Promise<Served> {
  const child = spawn(process.execPath, [script, 'serve', '--no-open', '--json', ...flags], {
    env: { ...process.env, MIEN_HOME: home },
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
    interrupt() {
      const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
      child.kill('SIGINT')
      return ended
    },
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
  'serves a search with its previews; Ctrl-C keeps where it was, and the next start goes on from there',
  async () => {
    const { home, project, setup } = await tinyHome()
    const first = await serve(home)
    expect(await first.client.call('studio.about', {})).toMatchObject({ host: 'browser' })
    const shown = new Promise<Uint8Array>((resolve) => {
      first.client.on('run.preview', ({ image }) => resolve(image))
    })
    const asked = { name: 'Live', setup: setup({ live: true }, { device: 'cpu' }) }
    const [run] = await first.client.call('runs.start', { project, runs: [asked] })
    const { step } = await news(first.client, run!.id, (now) => now.step >= 10)
    expect((await shown).length).toBeGreaterThan(100)
    expect(await first.interrupt()).toBe(0)

    const second = await serve(home, '--port', first.url.port)
    // The page that was open needs no new address.
    expect(second.url.href).toBe(first.url.href)
    const going = await news(first.client, run!.id, (now) => now.state === 'running')
    expect(going.step).toBeGreaterThan(0)
    expect(going.step).toBeLessThan(step + 60)
    await first.client.call('runs.stop', { project, run: run!.id })
    expect(await second.interrupt()).toBe(0)
    expect(statSync(join(home, 'web-token')).mode & 0o077).toBe(0)
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
