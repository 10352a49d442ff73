import { fileURLToPath } from 'node:url'
import { utilityProcess } from 'electron'
import type { SpawnWorker } from '../node/engine/client.ts'
import { workerEnvironment } from '../node/engine/environment.ts'
import { exitReason, keptOutput } from '../node/engine/exit-reason.ts'
import { endProcess } from '../node/host/processes.ts'

const entry = fileURLToPath(new URL('../node/worker/entry.js', import.meta.url))

/**
 * Runs the engine in a utility process: the packaged app is no Node that a child process could be (the fuse runAsNode is
 * off).
 */
export const spawnEngine: SpawnWorker = (work = 'any') => {
  const child = utilityProcess.fork(entry, [], {
    serviceName: 'Mien engine',
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...workerEnvironment(work) },
  })
  let lastWords = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-keptOutput)
  })
  return {
    send: (message) => child.postMessage(message),
    onMessage: (listener) => child.on('message', listener),
    onExit: (listener) => child.on('exit', (code) => listener(exitReason(code, null, lastWords))),
    kill() {
      // Not child.kill: it asks, and an engine in the middle of a step does not hear.
      if (child.pid !== undefined) endProcess(child.pid)
      else child.once('spawn', () => endProcess(child.pid as number))
    },
  }
}
