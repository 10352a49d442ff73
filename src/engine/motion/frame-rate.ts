import type { FilmTimes } from './motion.ts'

/** Frames a second, as most of a film's frames follow each other; undefined for a film of one. */
export function frameRate({ timescale, times }: Pick<FilmTimes, 'timescale' | 'times'>): number | undefined {
  const lengths = times.slice(1).map((time, i) => time - times[i]!)
  const usual = lengths.sort((a, b) => a - b)[lengths.length >> 1]
  return usual === undefined ? undefined : timescale / usual
}
