import { type SearchState, writeSnapshot } from '../../engine/projection/snapshot.ts'
import type { Fingerprint } from '../../engine/projection/snapshot-file.ts'
import type { StateBytes } from '../engine/protocol.ts'

/** A snapshot is due after so many steps, or after so much time. */
const dueSteps = 25
const dueSeconds = 5

/** Seconds within which changes are one, as while a slider is dragged: as the window takes them back. */
const together = 1

/** Sends a snapshot of the search now and then. */
export interface SnapshotSender {
  /** To be called after each step; sends if a snapshot is due, and tells whether it was. */
  offer(state: SearchState): boolean
  /** To be called before changes are made; sends the state that they act on, but once while a slider is dragged. Tells whether. */
  beforeChanges(): boolean
  /** Sends the last state that was offered, unless it was sent. */
  flush(): void
}

/** `now` in milliseconds; replaced in tests. */
export function snapshotSender(
  fingerprint: Fingerprint,
  send: (snapshot: StateBytes) => void,
  now: () => number = () => performance.now(),
): SnapshotSender {
  let waiting: SearchState | undefined
  let lastTime = now()
  let stepsSince = 0
  let lastChange = Number.NEGATIVE_INFINITY
  function flush(): void {
    if (waiting === undefined) return
    send({ step: waiting.projection.step, bytes: writeSnapshot({ ...waiting, fingerprint }) })
    waiting = undefined
    stepsSince = 0
    lastTime = now()
  }
  return {
    offer(state) {
      waiting = state
      stepsSince++
      const isDue = stepsSince >= dueSteps || now() - lastTime >= dueSeconds * 1000
      if (isDue) flush()
      return isDue
    },
    beforeChanges() {
      const isFirst = now() - lastChange >= together * 1000
      lastChange = now()
      if (!isFirst || waiting === undefined) return false
      flush()
      return true
    },
    flush,
  }
}
