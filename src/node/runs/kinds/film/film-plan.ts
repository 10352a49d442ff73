import type { Quad } from '../../../../engine/face/quad.ts'
import {
  draggedTarget,
  type FilmSettings,
  filmFrames,
  photographTargets,
  type TargetLook,
} from '../../../../engine/motion/film-targets.ts'
import { type KeyFrame, keyedMotion } from '../../../../engine/motion/key-frames.ts'
import { type Fade, loopedMotion, loopFades } from '../../../../engine/motion/looped-motion.ts'
import type { TimedMotion } from '../../../../engine/motion/motion.ts'
import { partOfMotion } from '../../../../engine/motion/motion-part.ts'
import type { ShapeModel } from '../../../../engine/motion/shape-model.ts'
import type { Driver } from '../../../drivers/driver.ts'
import { framesInRange } from './film-range.ts'
import type { KeptFilm } from './kept-film.ts'

/** The frames of a film, before anything is drawn. */
export interface FilmPlan<F extends FrameSpan = PlannedFrame> {
  /** Ticks a second. */
  readonly timescale: number
  /** When the film begins in the driver's clip, in seconds. */
  readonly start: number
  readonly frames: readonly F[]
}

/** A frame before it is known what it aims at. */
export interface FrameSpan {
  /** Of the driver. */
  readonly index: number
  /** When it begins in the film, and how long it lasts, in ticks. */
  readonly time: number
  readonly duration: number
}

export interface PlannedFrame extends FrameSpan {
  /** Where the look's landmarks go: 68 x (x, y) as fractions of the square. */
  readonly target: Float32Array
  /** What is shown of the square that is drawn, as fractions of it, where that is another square. */
  readonly view?: Quad
}

/** What a frame aims at. */
type Aim = Pick<PlannedFrame, 'target' | 'view'>

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
  driver: Pick<Driver, 'motion' | 'facts'>,
): FilmPlan {
  const { facts, motion } = driver
  const part = framesInRange({ ...facts, times: motion.times }, range)
  return plannedFilm(
    driver,
    part,
    { loop, keyFrames: settings.keyFrames },
    aimsOf(shapes, way, look, settings),
  )
}

/** Where the landmarks of a look go in each frame of a motion. */
export function aimsOf(
  shapes: ShapeModel,
  way: KeptFilm['way'],
  look: TargetLook,
  settings: FilmSettings,
): (film: TimedMotion) => readonly Aim[] {
  return (film) => {
    if (way === 'photograph') {
      return photographTargets(shapes, look, film, settings).map((target) => ({ target }))
    }
    const { targets, views } = filmFrames(shapes, look.points, film, settings)
    return targets.map((target, i) => ({
      target: draggedTarget(target, film.motion.frames[i]!),
      ...(views && { view: views[i]! }),
    }))
  }
}

/**
 * The film of a part of a driver, at the driver's own times.
 *
 * @param part the frames from the first to before the second
 * @param of `loop`: its end fades into its beginning; and what was dragged in frames of the driver
 * @param aim where the look's landmarks go in each frame of a motion, whose last ones fade as said
 */
export function plannedFilm(
  { motion, facts }: Pick<Driver, 'motion' | 'facts'>,
  [from, to]: readonly [from: number, to: number],
  { loop, keyFrames }: { readonly loop: boolean; readonly keyFrames?: readonly KeyFrame[] | undefined },
  aim: (film: TimedMotion, fades: readonly Fade[]) => readonly Aim[],
): FilmPlan {
  const part = partOfMotion(keyedMotion(motion, keyFrames), from, to)
  const fades = loop ? loopFades(part) : []
  const aims = aim(loopedMotion(part, fades), fades)
  const { frames, ...film } = spansBetween({ ...motion, end: facts.end }, [from + fades.length, to])
  return { ...film, frames: frames.map((span, i) => ({ ...span, ...aims[i]! })) }
}

/** When the frames of such a film are shown, which needs no more than the times of the driver's: `end` is that of its last one. */
export function filmSpans(
  film: DriverTimes,
  [from, to]: readonly [from: number, to: number],
  loop: boolean,
): FilmPlan<FrameSpan> {
  const faded = loop ? loopFades({ ...film, times: film.times.slice(from, to) }).length : 0
  return spansBetween(film, [from + faded, to])
}

type DriverTimes = Pick<TimedMotion, 'timescale' | 'times'> & { readonly end: number }

function spansBetween(
  { timescale, times, end }: DriverTimes,
  [first, to]: readonly [first: number, to: number],
): FilmPlan<FrameSpan> {
  const start = times[first]!
  return {
    ...{ timescale, start: start / timescale },
    frames: times.slice(first, to).map((time, i) => {
      const index = first + i
      return { index, time: time - start, duration: (times[index + 1] ?? end) - time }
    }),
  }
}
