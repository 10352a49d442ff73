import type { FromWorker, ToWorker } from './protocol.ts'

/** The process that started this one, for its messages. */
export interface HostProcess {
  send(message: FromWorker): void
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
      onMessage: (listener) => parentPort.on('message', ({ data }) => listener(data)),
    }
  }
  // Not process.exit: it has the runtime put everything in order first, for nobody.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  return {
    send(message) {
      if (process.connected) process.send?.(message)
    },
    onMessage: (listener) => process.on('message', listener as (message: unknown) => void),
  }
}
