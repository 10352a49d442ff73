import type { JobEvents } from '../../../engine/protocol.ts'
import type { Filming } from '../../../engine/write-film-messages.ts'

/** Tells how far a part of a film is, from the share of it that is done; how long the rest takes, by what took how long since the first time. */
export function partProgress(part: Filming['part'], tell: JobEvents['filming']): (done: number) => void {
  let first: { readonly done: number; readonly at: number } | undefined
  return (done) => {
    const at = performance.now()
    first ??= { done, at }
    const rate = (done - first.done) / ((at - first.at) / 1000)
    tell?.({ part, done, secondsLeft: rate > 0 ? (1 - done) / rate : Number.NaN })
  }
}
