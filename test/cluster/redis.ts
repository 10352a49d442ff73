import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Valkey speaks the same. */
const program = ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0)

/** Tests of the queue need a server; without one they are skipped by name. */
export const noRedis = program === undefined

export interface RedisServer {
  readonly port: number
  readonly url: string
  /** Ends it as a power cut does. */
  kill(): Promise<void>
  /** Starts it again with what it has written down. */
  start(): Promise<void>
}

/** A server on a free port that has written down all that it has answered. */
export async function startRedis(folder: string, flags: readonly string[] = []): Promise<RedisServer> {
  const port = await freePort()
  let child: ChildProcess | undefined

  async function start(): Promise<void> {
    const own = ['--dir', folder, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always']
    const place = ['--bind', '127.0.0.1', '--port', String(port)]
    child = spawn(program!, [...place, ...own, ...flags], { stdio: ['ignore', 'pipe', 'inherit'] })
    for await (const text of child.stdout!.setEncoding('utf8')) if (/Ready to accept/.test(text)) break
    child.stdout!.resume()
  }
  async function kill(): Promise<void> {
    const { exitCode, signalCode } = child!
    if (exitCode !== null || signalCode !== null) return
    child!.kill('SIGKILL')
    await once(child!, 'exit')
  }

  await start()
  return { port, url: `redis://127.0.0.1:${port}`, kill, start }
}

/** One that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
