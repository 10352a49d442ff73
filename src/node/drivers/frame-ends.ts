import { frameRate } from '../../engine/motion/frame-rate.ts'
import type { FilmTimes } from '../../engine/motion/motion.ts'

/** Of a still, in frames a second. */
const stillRate = 25

/** When the last frame of a film ends that does not say so, in ticks: it lasts as long as most of the others. */
export function lastFrameEnd(film: Pick<FilmTimes, 'timescale' | 'times'>): number {
  const length = film.timescale / (frameRate(film) ?? stillRate)
  return film.times.at(-1)! + Math.max(1, Math.round(length))
}
