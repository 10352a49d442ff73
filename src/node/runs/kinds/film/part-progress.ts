import type { JobEvents } from '../../../engine/protocol.ts'
import type { Filming } from '../../../engine/write-film-messages.ts'

/** Tells how far a part of a film is, from the share of it that is done; what was done before takes no time any more. */
export function partProgress(
  part: Filming['part'],
  tell: JobEvents['filming'],
  before = 0,
): (done: number) => void {
  const started = performance.now()
  return (done) => {
    const took = (performance.now() - started) / 1000
    tell?.({ part, done, secondsLeft: done > before ? (took * (1 - done)) / (done - before) : Number.NaN })
  }
}
