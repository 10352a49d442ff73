import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { SpawnWorker, WorkerProcess } from './client.ts'
import { workerEnvironment } from './environment.ts'

/** As much of the process's last words as helps to say why it ended. */
const keptOutput = 4000

/** Runs the engine in a child process of Node. Typed arrays travel as they are. */
export const forkWorker: SpawnWorker = () => forkEntry(fileURLToPath(new URL('./entry.js', import.meta.url)))

/** Runs a script that speaks the protocol of the engine. */
export function forkEntry(entry: string, environment: Readonly<Record<string, string>> = {}): WorkerProcess {
  const child = fork(entry, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: [],
    env: { ...process.env, ...workerEnvironment, ...environment },
  })
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

function exitReason(code: number | null, signal: NodeJS.Signals | null, lastWords: string): string {
  const line = lastWords.trim().split('\n').at(-1)?.trim().slice(0, 300)
  if (signal === 'SIGKILL') return 'it was killed, perhaps for want of memory'
  if (/heap out of memory|bad_alloc/.test(lastWords)) return 'out of memory'
  const how = signal === null ? `exit code ${code}` : signal
  return line ? `${how}, ${line}` : how
}
