import { ffhqQuad, pointsInQuad, type Quad } from '../face/quad.ts'
import { frameRate } from './frame-rate.ts'
import type { FilmTimes, Motion, MotionFrame, TimedMotion } from './motion.ts'
import { fitMotion } from './motion-fit.ts'
import type { ShapeModel } from './shape-model.ts'
import { smoothedMotion, usualWindow } from './smoothed-motion.ts'
import { steadyQuads } from './steady-quads.ts'
import {
  frameTransfer,
  middleOfHead,
  type TransferSettings,
  transferredPoints,
  usualTransfer,
} from './transfer.ts'

/** What a film makes of its driver's motion. */
export interface FilmSettings extends TransferSettings {
  /** Frames over which the motion is smoothed: 1 is none; see `smoothedMotion`. */
  readonly smoothing: number
}

export const usualFilm: FilmSettings = { ...usualTransfer, smoothing: usualWindow }

/** A look's face: its landmarks in its picture, 68 x (x, y) in pixels, and its square there. */
export interface TargetLook {
  readonly points: ArrayLike<number>
  readonly quad: Quad
}

/**
 * Where a look's landmarks lie in each frame of a film that is drawn: in a square that follows the head steadily, 68 x (x, y) as
 * fractions of its side.
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

/** The same in a film of a photograph: in the look's own square, in which the head moves. */
export function photographTargets(
  model: ShapeModel,
  look: TargetLook,
  driver: TimedMotion,
  { smoothing, ...transfer }: FilmSettings = usualFilm,
): readonly Float32Array[] {
  const smoothed = smoothedMotion(driver.motion, driver.segments, smoothing)
  return smoothed.frames.map(photographTarget(model, look, smoothed, transfer))
}

/** The same for one frame of the driver after the other. */
export function photographTarget(
  model: ShapeModel,
  { points, quad }: TargetLook,
  driver: Motion,
  transfer: TransferSettings,
): (frame: MotionFrame) => Float32Array {
  const look = fitMotion(model, [points])
  const { scale, x, y } = look.frames[0]!.pose
  const transferred = frameTransfer(model, look, driver, transfer, middleOfHead)
  return (frame) =>
    pointsInQuad(
      transferred(frame).map((value, i) => scale * value + (i % 2 === 0 ? x : y)),
      quad,
    )
}

/** The landmarks of each frame, 68 x (x, y), as fractions of a square that follows them steadily. */
function inSteadySquares(points: readonly Float64Array[], times: FilmTimes): readonly Float32Array[] {
  const rate = frameRate(times)
  const quads = points.map(ffhqQuad)
  const steady = rate === undefined ? quads : steadyQuads(quads, times.segments, rate)
  return points.map((face, i) => pointsInQuad(face, steady[i]!))
}
