import { Worker } from 'node:worker_threads'
import { type EngineClient, startEngine, type WorkerProcess } from '../engine/client.ts'
import type { JobEvents, JobName, Jobs } from '../engine/protocol.ts'
import { deadlines } from '../engine/silence-watch.ts'

/** An engine on a thread of this process, which speaks as one in a process of its own. */
function threadWorker(): WorkerProcess {
  const thread = new Worker(new URL('./thread-entry.js', import.meta.url))
  return {
    send: (message) => thread.postMessage(message),
    onMessage: (listener) => thread.on('message', listener),
    onExit(listener) {
      thread.once('error', (error) => listener(error.message))
      thread.once('exit', (code) => listener(`its thread ended with ${code}`))
    },
    kill: () => void thread.terminate(),
  }
}

/** A day: the host watches over the whole process, and while a graph is loaded nothing of the thread is heard. */
const patience = { ...deadlines, loading: 86_400 }

export type OnThread = typeof onThread

/** Does one job on a thread that ends with it. */
export async function onThread<J extends JobName>(
  job: J,
  parameters: Jobs[J]['parameters'],
  events: JobEvents,
): Promise<Jobs[J]['outcome']> {
  const engine = startEngine(threadWorker, patience)
  try {
    return await engine.start(job, parameters, events).outcome
  } finally {
    engine.close()
  }
}

let kept: EngineClient | undefined

/** Does one job on a thread that stays for the next one, with what the job opened. */
export const onKeptThread: OnThread = (job, parameters, events) => {
  if (kept === undefined || kept.lost) {
    kept = startEngine(() => {
      const worker = threadWorker()
      worker.send({ kind: 'keep' })
      return worker
    }, patience)
  }
  return kept.start(job, parameters, events).outcome
}
