import { MienError } from '../../engine/errors.ts'
import type { EngineWork } from './environment.ts'
import { errorOf } from './failure.ts'
import type { FromWorker, GivenFrame, JobEvents, JobName, Jobs, Steer, ToWorker } from './protocol.ts'
import { protocolVersion } from './protocol.ts'
import { type Deadlines, deadlines, silenceWatch } from './silence-watch.ts'

/** A process that runs the entry of the engine; Electron's utilityProcess and child_process both fit. */
export interface WorkerProcess {
  send(message: ToWorker): void
  onMessage(listener: (message: FromWorker) => void): void
  /** Called once, with what is known of the reason. */
  onExit(listener: (reason: string) => void): void
  kill(): void
}

export type SpawnWorker = (work?: EngineWork) => WorkerProcess

/** A job under way. */
export interface RunningJob<J extends JobName> {
  readonly outcome: Promise<Jobs[J]['outcome']>
  /** Asks for what there is so far; a job that keeps nothing fails with MienError 'stopped'. */
  stop(): void
  /** A projection waits between two steps until it is to resume. */
  pause(): void
  resume(): void
  /** Asks for a change of a live projection. */
  steer(steer: Steer): void
  /** Gives the frame that is wanted; null if there is none any more. */
  give(frame: GivenFrame | null): void
  /** Asks for a preview of the next step. */
  show(): void
}

/** The engine in a process of its own; one job at a time. */
export interface EngineClient {
  start<J extends JobName>(job: J, parameters: Jobs[J]['parameters'], events?: JobEvents): RunningJob<J>
  /** Whether the process ended or hung, and was not closed. */
  readonly lost: boolean
  /** Ends the process at once. */
  close(): void
}

interface Pending {
  readonly id: number
  readonly events: JobEvents
  readonly resolve: (outcome: never) => void
  readonly reject: (error: Error) => void
}

/** Starts an engine process. A device error ends the process for good: close it and start another. */
export function startEngine(spawn: () => WorkerProcess, limits: Deadlines = deadlines): EngineClient {
  const worker = spawn()
  let pending: Pending | undefined
  let gone: Error | undefined
  let lost = false
  let nextId = 1
  const watch = silenceWatch((seconds) => {
    fail(
      new MienError('device', `The engine has not answered for ${Math.round(seconds)} seconds.`, {
        hint: tryCpu,
      }),
    )
    worker.kill()
  }, limits)

  function fail(error: Error): void {
    lost = gone === undefined || lost
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
    const isEvent = message.kind === 'event'
    watch.heard(isEvent && message.name === 'progress' ? 'step' : 'other')
    if (isEvent) {
      if (message.name === 'paused') watch.paused(message.data)
      if (message.name === 'wanted') watch.paused(true)
      pending.events[message.name]?.(message.data as never)
    } else if (message.kind === 'outcome') settle()?.resolve(message.outcome as never)
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
      const tell = (message: ToWorker) => {
        if (pending?.id === id) worker.send(message)
      }
      /** Tells a job that may be paused something on which it must answer. */
      const wake = (message: ToWorker) => {
        if (pending?.id === id) watch.paused(false)
        tell(message)
      }
      return {
        outcome,
        stop: () => wake({ kind: 'stop', id }),
        pause: () => tell({ kind: 'pause', id }),
        resume: () => wake({ kind: 'resume', id }),
        give: (frame) => wake({ kind: 'frame', id, frame }),
        steer: (steer) => tell({ kind: 'steer', id, ...steer }),
        show: () => tell({ kind: 'show', id }),
      }
    },
    get lost() {
      return lost
    },
    close() {
      gone ??= new MienError('stopped', 'The engine was closed.')
      settle()?.reject(gone)
      worker.kill()
    },
  }
}

const tryCpu = 'Close other programs if memory is short, or choose another device, such as the processor.'
