import type { SpawnWorker, WorkerProcess } from './client.ts'
import type { FromWorker } from './protocol.ts'

/** Starts engine processes, and hands a healthy one that nobody uses any more to whoever asks next. */
export interface KeptEngine extends SpawnWorker {
  /** Ends the process that nobody uses, and from now on each with its use. */
  close(): void
}

/** A process, and whoever uses it. */
interface Shared {
  readonly worker: WorkerProcess
  user: { hear(message: FromWorker): void; exited(reason: string): void } | undefined
  /** Whether its last job came to an end that says nothing against it. */
  healthy: boolean
}

/**
 * One process waits at most. What its jobs open stays open for the next job of the same kind; a process that crashed, hung, lost its
 * device or was ended in the middle of a job is never handed out again. Work that has its own environment gets a process of its
 * own, and no other waits beside it.
 *
 * @param longest - Milliseconds that a process waits before it is ended, which gives its memory back; until `close` if absent.
 */
export function keptEngine(spawn: SpawnWorker, longest?: number): KeptEngine {
  let idle: Shared | undefined
  let sleep: NodeJS.Timeout | undefined
  let closed = false

  function endIdle(): void {
    clearTimeout(sleep)
    idle?.worker.kill()
    idle = undefined
  }

  function start(): Shared {
    const shared: Shared = { worker: spawn(), user: undefined, healthy: false }
    shared.worker.send({ kind: 'keep' })
    shared.worker.onMessage((message) => {
      shared.healthy = leavesHealthy(message)
      shared.user?.hear(message)
    })
    shared.worker.onExit((reason) => {
      if (idle === shared) idle = undefined
      shared.healthy = false
      shared.user?.exited(reason)
    })
    return shared
  }

  function giveBack(shared: Shared): void {
    shared.user = undefined
    if (!shared.healthy || idle !== undefined || closed) {
      shared.worker.kill()
      return
    }
    idle = shared
    if (longest !== undefined) sleep = setTimeout(endIdle, longest).unref()
  }

  function use(): WorkerProcess {
    clearTimeout(sleep)
    const shared = idle ?? start()
    idle = undefined
    const listeners: ((message: FromWorker) => void)[] = []
    const exits: ((reason: string) => void)[] = []
    const user = {
      hear: (message: FromWorker) => listeners.forEach((listener) => void listener(message)),
      exited: (reason: string) => exits.forEach((listener) => void listener(reason)),
    }
    shared.user = user
    const isMine = () => shared.user === user
    return {
      send(message) {
        if (!isMine()) return
        if (message.kind === 'start') shared.healthy = false
        shared.worker.send(message)
      },
      onMessage: (listener) => void listeners.push(listener),
      onExit: (listener) => void exits.push(listener),
      kill() {
        if (isMine()) giveBack(shared)
      },
    }
  }

  const kept: SpawnWorker = (work = 'any') => {
    if (work === 'any') return use()
    endIdle()
    return spawn(work)
  }
  return Object.assign(kept, {
    close() {
      closed = true
      endIdle()
    },
  })
}

/** Whether the last message of a process says that a job is over, and that nothing is wrong with the process. */
function leavesHealthy(message: FromWorker): boolean {
  if (message.kind === 'outcome') return true
  if (message.kind !== 'failure') return false
  const { failure } = message
  return failure.kind === 'refusal' && failure.code !== 'device'
}
