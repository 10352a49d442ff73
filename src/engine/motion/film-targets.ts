import { ffhqQuad, pointsInQuad } from '../face/quad.ts'
import { frameRate } from './frame-rate.ts'
import type { FilmTimes, TimedMotion } from './motion.ts'
import { fitMotion } from './motion-fit.ts'
import type { ShapeModel } from './shape-model.ts'
import { smoothedMotion, usualWindow } from './smoothed-motion.ts'
import { steadyQuads } from './steady-quads.ts'
import { type TransferSettings, transferredPoints, usualTransfer } from './transfer.ts'

/** What a film makes of its driver's motion. */
export interface FilmSettings extends TransferSettings {
  /** Frames over which the motion is smoothed: 1 is none; see `smoothedMotion`. */
  readonly smoothing: number
}

export const usualFilm: FilmSettings = { ...usualTransfer, smoothing: usualWindow }

/**
 * Where a look's landmarks lie in each frame of a film, in a square that follows the head steadily: 68 x (x, y), fractions of its
 * side.
 *
 * @param look its landmarks in its picture, 68 x (x, y) in pixels
 * @param driver as it was fitted, not smoothed
 */
export function filmTargets(
  model: ShapeModel,
  look: ArrayLike<number>,
  driver: TimedMotion,
  { smoothing, ...transfer }: FilmSettings = usualFilm,
): readonly Float32Array[] {
  const smoothed = smoothedMotion(driver.motion, driver.segments, smoothing)
  return inSteadySquares(transferredPoints(model, fitMotion(model, [look]), smoothed, transfer), driver)
}

/** The landmarks of each frame, 68 x (x, y), as fractions of a square that follows them steadily. */
export function inSteadySquares(points: readonly Float64Array[], times: FilmTimes): readonly Float32Array[] {
  const rate = frameRate(times)
  const quads = points.map(ffhqQuad)
  const steady = rate === undefined ? quads : steadyQuads(quads, times.segments, rate)
  return points.map((face, i) => pointsInQuad(face, steady[i]!))
}
