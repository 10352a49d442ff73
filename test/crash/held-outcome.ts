import type { SpawnWorker } from '../../src/node/engine/client.ts'
import type { FromWorker } from '../../src/node/engine/protocol.ts'

/**
 * An engine whose outcomes are held back until `act` is over: what it does comes after the last step, and before anyone
 * knows that it was the last. `after` is called as soon as the outcome was told, before the results are written.
 */
export function atOutcome(spawn: SpawnWorker, act: () => unknown, after?: () => void): SpawnWorker {
  return () => {
    const worker = spawn()
    return {
      ...worker,
      onMessage(listener: (message: FromWorker) => void) {
        worker.onMessage(async (message) => {
          if (message.kind !== 'outcome') return listener(message)
          await act()
          listener(message)
          after?.()
        })
      },
    }
  }
}
