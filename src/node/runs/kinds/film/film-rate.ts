import { frameRateOf, resampledFrames } from '../../../../shared/frame-rate.ts'
import type { FilmPlan, FrameSpan, PlannedFrame } from './film-plan.ts'

/** A film at a steady rate, and which frame of the one before each of its frames shows. */
export interface FilmAtRate<F extends FrameSpan = PlannedFrame> {
  readonly plan: FilmPlan<F>
  readonly shows: readonly number[]
}

/** A film at so many frames a second, each of which shows what was seen in its middle; at its own times if none are said. */
export function atRate<F extends FrameSpan>(plan: FilmPlan<F>, rate: number | undefined): FilmAtRate<F> {
  const { frames, start } = plan
  if (rate === undefined) return { plan, shows: frames.map((_, i) => i) }
  const { timescale, ticks } = frameRateOf(rate)
  const last = frames.at(-1)!
  const before = {
    timescale: plan.timescale,
    times: frames.map(({ time }) => time),
    duration: last.time + last.duration,
  }
  const shows = resampledFrames(before, { timescale, ticks })
  const shown = shows.map((i, place) => ({ ...frames[i]!, time: place * ticks, duration: ticks }))
  return { plan: { timescale, start, frames: shown }, shows }
}
