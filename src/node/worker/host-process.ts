import type { FromWorker, ToWorker } from '../engine/protocol.ts'

/** The process that started this one, for its messages. */
export interface HostProcess {
  send(message: FromWorker): void
  /** Over when all that was sent is with the host; undefined where it is already. */
  delivered(): Promise<void> | undefined
  onMessage(listener: (message: ToWorker) => void): void
}

/** What Electron puts on `process` of a utility process. */
interface ParentPort {
  postMessage(message: unknown): void
  on(event: 'message', listener: (event: { readonly data: ToWorker }) => void): void
}

/** The host of a child process of Node, or of a utility process of the app. The process ends when its host is gone. */
export function hostProcess(): HostProcess {
  const { parentPort } = process as { readonly parentPort?: ParentPort }
  if (parentPort !== undefined) {
    return {
      send: (message) => parentPort.postMessage(message),
      delivered: () => undefined,
      onMessage: (listener) => parentPort.on('message', ({ data }) => listener(data)),
    }
  }
  // Not process.exit: it has the runtime put everything in order first, for nobody.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  let unsent = 0
  let told: (() => void) | undefined
  const sent = () => {
    unsent--
    if (unsent === 0) told?.()
  }
  return {
    send(message) {
      if (!process.connected) return
      unsent++
      process.send?.(message, undefined, undefined, sent)
    },
    delivered() {
      return unsent === 0 ? undefined : new Promise((resolve) => (told = resolve))
    },
    onMessage: (listener) => process.on('message', listener as (message: unknown) => void),
  }
}
