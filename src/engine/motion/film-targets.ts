import { ffhqQuad, pointsInQuad } from '../face/quad.ts'
import { frameRate } from './frame-rate.ts'
import type { TimedMotion } from './motion.ts'
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
  const { motion, segments } = driver
  const rate = frameRate(driver)
  const smoothed = smoothedMotion(motion, segments, smoothing)
  const points = transferredPoints(model, fitMotion(model, [look]), smoothed, transfer)
  const quads = points.map(ffhqQuad)
  const steady = rate === undefined ? quads : steadyQuads(quads, segments, rate)
  return points.map((face, i) => pointsInQuad(face, steady[i]!))
}
