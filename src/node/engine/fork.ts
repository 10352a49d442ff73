import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { SpawnWorker, WorkerProcess } from './client.ts'
import { type EngineWork, workerEnvironment } from './environment.ts'
import { exitReason, keptOutput } from './exit-reason.ts'

/** Runs the engine in a child process of Node. Typed arrays travel as they are. */
export const forkWorker: SpawnWorker = (work) =>
  forkEntry(fileURLToPath(new URL('../worker/entry.js', import.meta.url)), {}, work)

/** Runs a script that speaks the protocol of the engine. */
export function forkEntry(
  entry: string,
  environment: Readonly<Record<string, string>> = {},
  work: EngineWork = 'any',
): WorkerProcess {
  const child = fork(entry, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
    env: { ...process.env, ...workerEnvironment(work), MIEN_HOST: String(process.pid), ...environment },
  })
  // Whatever it does: it would notice by itself too, but up to a second later.
  const endWithHost = () => child.kill('SIGKILL')
  process.on('exit', endWithHost)
  child.once('close', () => process.off('exit', endWithHost))
  let lastWords = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-keptOutput)
    if (process.env.MIEN_DEBUG) process.stderr.write(text)
  })
  return {
    send(message) {
      // A process that is gone reports through its exit.
      if (child.connected) child.send(message, () => undefined)
    },
    onMessage(listener) {
      child.on('message', listener as (message: unknown) => void)
    },
    onExit(listener) {
      let told = false
      const tell = (reason: string) => {
        if (!told) listener(reason)
        told = true
      }
      child.on('error', (error) => tell(error.message))
      child.on('close', (code, signal) => tell(exitReason(code, signal, lastWords)))
    },
    kill() {
      child.kill('SIGKILL')
    },
  }
}
