import type { TimedMotion } from './motion.ts'

/** The frames of a motion from one to before another; their times stay what they are. */
export function partOfMotion(
  { motion, timescale, times, segments }: TimedMotion,
  from: number,
  to: number,
): TimedMotion {
  const within = segments
    .map(({ start, end }) => ({ start: Math.max(start, from) - from, end: Math.min(end, to) - from }))
    .filter(({ start, end }) => end > start)
  return {
    ...{ timescale, times: times.slice(from, to), segments: within },
    motion: { ...motion, frames: motion.frames.slice(from, to) },
  }
}
