import { MienError } from '../../engine/errors.ts'
import { errorOf } from './failure.ts'
import type { FromWorker, JobEvents, JobName, Jobs, ToWorker } from './protocol.ts'
import { protocolVersion } from './protocol.ts'

/** A process that runs the entry of the engine; Electron's utilityProcess and child_process both fit. */
export interface WorkerProcess {
  send(message: ToWorker): void
  onMessage(listener: (message: FromWorker) => void): void
  /** Called once, with what is known of the reason. */
  onExit(listener: (reason: string) => void): void
  kill(): void
}

export type SpawnWorker = () => WorkerProcess

/** A job under way. */
export interface RunningJob<J extends JobName> {
  readonly outcome: Promise<Jobs[J]['outcome']>
  /** Asks for what there is so far; a job that keeps nothing fails with MienError 'stopped'. */
  stop(): void
}

/** The engine in a process of its own; one job at a time. */
export interface EngineClient {
  start<J extends JobName>(job: J, parameters: Jobs[J]['parameters'], events?: JobEvents): RunningJob<J>
  /** Ends the process at once. */
  close(): void
}

/** How long the process may be silent: while it loads, and once steps of known length run. */
const loadingSeconds = 300
const leastStepSeconds = 60
const stepLengths = 20

interface Pending {
  readonly id: number
  readonly events: JobEvents
  readonly resolve: (outcome: never) => void
  readonly reject: (error: Error) => void
}

/** Starts an engine process. A device error ends the process for good: close it and start another. */
export function startEngine(spawn: SpawnWorker): EngineClient {
  const worker = spawn()
  let pending: Pending | undefined
  let gone: Error | undefined
  let nextId = 1
  const watch = silenceWatch((seconds) => {
    fail(
      new MienError('device', `The engine has not answered for ${Math.round(seconds)} seconds.`, {
        hint: tryCpu,
      }),
    )
    worker.kill()
  })

  function fail(error: Error): void {
    gone ??= error
    settle()?.reject(error)
  }

  function settle(): Pending | undefined {
    const job = pending
    pending = undefined
    watch.end()
    return job
  }

  worker.onExit((reason) => {
    fail(new MienError('device', `The engine process ended unexpectedly: ${reason}.`, { hint: tryCpu }))
  })
  worker.onMessage((message) => {
    if (message.kind === 'ready') {
      if (message.version === protocolVersion) return
      fail(new Error(`the engine process speaks version ${message.version}, not ${protocolVersion}`))
      worker.kill()
      return
    }
    if (pending === undefined || message.id !== pending.id) return
    watch.heard(message)
    if (message.kind === 'stage') pending.events.stage?.(message.stage)
    else if (message.kind === 'targets') pending.events.targets?.(message.targets)
    else if (message.kind === 'progress') pending.events.progress?.(message.progress)
    else if (message.kind === 'preview') pending.events.preview?.(message.preview)
    else if (message.kind === 'outcome') settle()?.resolve(message.outcome as never)
    else settle()?.reject(errorOf(message.failure))
  })

  return {
    start(job, parameters, events = {}) {
      const id = nextId++
      const outcome = new Promise<Jobs[typeof job]['outcome']>((resolve, reject) => {
        if (gone !== undefined) return reject(gone)
        if (pending !== undefined) return reject(new Error('the engine already has a job'))
        pending = { id, events, resolve, reject }
        watch.begin()
        worker.send({ kind: 'start', id, job, parameters } as ToWorker)
      })
      return {
        outcome,
        stop() {
          if (pending?.id === id) worker.send({ kind: 'stop', id })
        },
      }
    },
    close() {
      gone ??= new MienError('stopped', 'The engine was closed.')
      settle()?.reject(gone)
      worker.kill()
    },
  }
}

const tryCpu =
  'Close other programs if memory is short, or choose another device with --provider, for instance --provider cpu.'

/** `session.run` blocks the thread of the engine, so it cannot send heartbeats: silence is measured instead. */
function silenceWatch(onSilence: (seconds: number) => void) {
  let timer: NodeJS.Timeout | undefined
  let last = 0
  let longestStep = 0
  function wait(seconds: number): void {
    clearTimeout(timer)
    last = performance.now()
    timer = setTimeout(() => onSilence(seconds), seconds * 1000)
  }
  return {
    begin() {
      longestStep = 0
      wait(loadingSeconds)
    },
    heard(message: FromWorker) {
      if (message.kind === 'progress') {
        longestStep = Math.max(longestStep, (performance.now() - last) / 1000)
        wait(Math.max(leastStepSeconds, stepLengths * longestStep))
      } else {
        wait(loadingSeconds)
      }
    },
    end() {
      clearTimeout(timer)
    },
  }
}
