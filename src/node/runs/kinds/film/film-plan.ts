import { MienError } from '../../../../engine/errors.ts'
import { filmTargets } from '../../../../engine/motion/film-targets.ts'
import { loopedMotion } from '../../../../engine/motion/looped-motion.ts'
import type { TimedMotion } from '../../../../engine/motion/motion.ts'
import { partOfMotion } from '../../../../engine/motion/motion-part.ts'
import type { ShapeModel } from '../../../../engine/motion/shape-model.ts'
import type { Driver } from '../../../drivers/driver.ts'
import type { KeptFilm } from './kept-film.ts'

/** The frames of a film, before anything is drawn. */
export interface FilmPlan {
  /** Ticks a second. */
  readonly timescale: number
  readonly frames: readonly PlannedFrame[]
}

export interface PlannedFrame {
  /** Of the driver. */
  readonly index: number
  /** When it begins in the driver's clip, and how long it lasts, in ticks. */
  readonly time: number
  readonly duration: number
  /** Where the look's landmarks go: 68 x (x, y) as fractions of the square. */
  readonly target: Float32Array
}

/** A pure function of what lies on the disk. Throws MienError 'wrong-use' for a range that holds no frame of the driver. */
export function filmPlan(
  shapes: ShapeModel,
  { look, settings, loop, driver: { range } }: Pick<KeptFilm, 'look' | 'settings' | 'loop' | 'driver'>,
  { motion, facts }: Pick<Driver, 'motion' | 'facts'>,
): FilmPlan {
  const { timescale } = motion
  const [from, to] = framesWithin(motion, range)
  if (from >= to) throw outside(facts, range!)
  const part = partOfMotion(motion, from, to)
  const looped = loop ? loopedMotion(part) : { from: 0, film: part }
  const targets = filmTargets(shapes, look.points, looped.film, settings)
  return {
    timescale,
    frames: targets.map((target, i) => {
      const index = from + looped.from + i
      const time = motion.times[index]!
      return { index, time, duration: (motion.times[index + 1] ?? facts.end) - time, target }
    }),
  }
}

function framesWithin(
  { times, timescale }: TimedMotion,
  range: KeptFilm['driver']['range'],
): readonly [from: number, to: number] {
  if (range === null) return [0, times.length]
  const firstFrom = (seconds: number) => {
    const index = times.findIndex((time) => time >= Math.round(seconds * timescale))
    return index < 0 ? times.length : index
  }
  return [firstFrom(range[0]), range[1] === null ? times.length : firstFrom(range[1])]
}

/** What is said of a range that holds nothing of a driver. */
export function outside(
  { name, end, timescale }: Pick<Driver['facts'], 'name' | 'end' | 'timescale'>,
  [from, to]: NonNullable<KeptFilm['driver']['range']>,
): MienError {
  const length = (end / timescale).toFixed(1)
  const where = to === null ? `after ${from} s` : `between ${from} and ${to} s`
  return new MienError('wrong-use', `${name} has no frame ${where}; it ends at ${length} s.`, {
    hint: 'Choose --from and --to within it.',
  })
}
