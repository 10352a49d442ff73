import type { Quad } from '../../../../engine/face/quad.ts'
import { filmTargets, filmViews, photographTargets } from '../../../../engine/motion/film-targets.ts'
import { keyedMotion } from '../../../../engine/motion/key-frames.ts'
import { loopedMotion } from '../../../../engine/motion/looped-motion.ts'
import { partOfMotion } from '../../../../engine/motion/motion-part.ts'
import type { ShapeModel } from '../../../../engine/motion/shape-model.ts'
import type { Driver } from '../../../drivers/driver.ts'
import { framesInRange } from './film-range.ts'
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
  /** What is shown of the square that is drawn, as fractions of it, where that is another square. */
  readonly view?: Quad
}

/** A pure function of what lies on the disk. Throws MienError 'wrong-use' for a range that holds no frame of the driver. */
export function filmPlan(
  shapes: ShapeModel,
  {
    look,
    settings,
    loop,
    way,
    driver: { range },
  }: Pick<KeptFilm, 'look' | 'settings' | 'loop' | 'way' | 'driver'>,
  { motion, facts }: Pick<Driver, 'motion' | 'facts'>,
): FilmPlan {
  const { timescale } = motion
  const [from, to] = framesInRange({ ...facts, times: motion.times }, range)
  const part = partOfMotion(keyedMotion(motion, settings.keyFrames), from, to)
  const looped = loop ? loopedMotion(part) : { from: 0, film: part }
  const targets =
    way === 'photograph'
      ? photographTargets(shapes, look, looped.film, settings)
      : filmTargets(shapes, look.points, looped.film, settings)
  const isMoved = way === 'drawn' && settings.head === 'moving'
  const views = isMoved ? filmViews(shapes, look.points, looped.film, settings) : undefined
  return {
    timescale,
    frames: targets.map((target, i) => {
      const index = from + looped.from + i
      const time = motion.times[index]!
      return {
        index,
        time,
        duration: (motion.times[index + 1] ?? facts.end) - time,
        target,
        ...(views && { view: views[i]! }),
      }
    }),
  }
}
