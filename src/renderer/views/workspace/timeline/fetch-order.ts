import type { FrameRange } from './film-times.ts'

/** Where a film stands, for what of it is needed next. */
export interface Playhead {
  readonly frame: number
  /** Of the whole film, or the part that plays. */
  readonly range: FrameRange
  readonly playing: boolean
  readonly loop: boolean
  /** How many frames pass until one that is asked for now is here. */
  readonly lead: number
}

/** Frames ahead of the one that is shown that are fetched at most: seconds of film, whatever its length. */
export const mostAhead = 240

/**
 * The frame to be fetched next; null where nothing is needed that is not there or on its way. The one that is shown goes first.
 * While the film plays, those follow that can still come in time; then, if it comes round again, those that cannot: so every
 * round shows more of them. A film that stands has its neighbours ready for the next step.
 */
export function nextToFetch(
  { frame, range, playing, loop, lead }: Playhead,
  has: (frame: number) => boolean,
): number | null {
  if (!has(frame)) return frame
  const [from, to] = range
  if (!playing) return [frame + 1, frame - 1].find((one) => one >= from && one < to && !has(one)) ?? null
  const length = to - from
  const reach = Math.min(length, mostAhead)
  for (let step = 0; step < reach; step++) {
    // Round the loop, beginning with what is in time.
    const ahead = 1 + ((lead + step) % reach)
    const place = frame + ahead
    if (place >= to && !loop) continue
    const next = from + ((((place - from) % length) + length) % length)
    if (!has(next)) return next
  }
  return null
}
