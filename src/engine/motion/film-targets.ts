import { ffhqQuad, type Point, pointsInQuad, type Quad, quadFrom } from '../face/quad.ts'
import { frameRate } from './frame-rate.ts'
import { headShifts } from './head-shifts.ts'
import { withDragged } from './key-frames.ts'
import { type Fade, fadedFrame } from './looped-motion.ts'
import type { FilmTimes, MotionFrame, TimedMotion } from './motion.ts'
import { fitMotion } from './motion-fit.ts'
import { matrixOf, type Rotation } from './rotation.ts'
import type { ShapeModel } from './shape-model.ts'
import { smoothedMotion, usualWindow } from './smoothed-motion.ts'
import { steadyQuads } from './steady-quads.ts'
import {
  betweenEyes,
  frameTransfer,
  middleOfHead,
  type TransferredFace,
  type TransferSettings,
  usualTransfer,
} from './transfer.ts'

/** What a film makes of its driver's motion. */
export interface FilmSettings extends TransferSettings {
  /** Frames over which the motion is smoothed: 1 is none; see `smoothedMotion`. */
  readonly smoothing: number
  /** Whether the head goes to and fro in the picture as the driver's does, as far as its pose; else it stays in its place. */
  readonly head?: 'fixed' | 'moving'
}

/**
 * How far it goes there at most, in units of the model, of which a square's side has about 250: what moves in a photograph bends what is about it,
 * and where a drawing moves away nothing is drawn.
 */
const mostInPhotographs = 12
const mostInDrawings = 25

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
 * @param driver as it was fitted, not smoothed; with what is dragged, as of `keyedMotion`
 */
export function filmTargets(
  model: ShapeModel,
  look: ArrayLike<number>,
  driver: TimedMotion,
  settings: FilmSettings = usualFilm,
): readonly Float32Array[] {
  const { frames } = driver.motion
  const { targets } = filmFrames(model, look, driver, settings)
  return targets.map((target, i) => draggedTarget(target, frames[i]!))
}

/** The frames of a film that is drawn. */
export interface FilmFrames {
  /** Before anything is dragged. */
  readonly targets: readonly FrameTarget[]
  /**
   * What is shown of each where its head moves in the picture: a square that stands still where the squares that were drawn follow the
   * head, as fractions of these.
   */
  readonly views?: readonly Quad[]
}

/** The targets of `filmTargets`, and what is shown of them. */
export function filmFrames(
  model: ShapeModel,
  look: ArrayLike<number>,
  driver: TimedMotion,
  settings: FilmSettings,
): FilmFrames {
  const { faces, quads, views } = transferredFilm(model, look, driver, settings)
  return { targets: faces.map((face, i) => targetIn(face, quads[i]!)), ...(views && { views }) }
}

/** The targets, with what is dragged, and the views of frames on the way from one frame of such a film to another; all others stay as they are. */
export function fadedFrames(
  model: ShapeModel,
  look: ArrayLike<number>,
  driver: TimedMotion,
  settings: FilmSettings,
  fades: readonly Fade[],
): readonly { readonly target: Float32Array; readonly view?: Quad }[] {
  const { motion, transferred, quads, views } = transferredFilm(model, look, driver, settings)
  return fades.map((fade) => {
    const frame = fadedFrame(motion.frames, fade)
    const target = draggedTarget(targetIn(transferred(frame), fadedQuad(quads, fade)), frame)
    return { target, ...(views && { view: fadedQuad(views, fade) }) }
  })
}

function fadedQuad(quads: readonly Quad[], { from, to, part }: Fade): Quad {
  const [one, other] = [quads[from]!.flat(), quads[to]!.flat()]
  return quadFrom(one.map((value, k) => value + part * (other[k]! - value)))
}

/** The look's face in each frame, by what it is made of the driver's, and the squares that follow it. */
function transferredFilm(
  model: ShapeModel,
  look: ArrayLike<number>,
  driver: TimedMotion,
  { smoothing, head, ...transfer }: FilmSettings,
) {
  const motion = smoothedMotion(driver.motion, driver.segments, smoothing)
  const transferred = frameTransfer(model, fitMotion(model, [look]), motion, transfer)
  const faces = motion.frames.map(transferred)
  const quads = steadySquares(faces, driver)
  const shifts =
    head === 'moving' ? headShifts({ ...driver, motion }, betweenEyes, mostInDrawings) : undefined
  const views = shifts && stillViews(quads, shifts, transfer.pose)
  return { motion, transferred, faces, quads, views }
}

/** What a square that stands still shows of squares that follow a head, which is shifted so far in each frame. */
function stillViews(quads: readonly Quad[], shifts: readonly Point[], pose: number): readonly Quad[] {
  const shifted = quads.map((quad, i) => movedBy(quad.flat(), shifts[i]!, pose))
  const still = shifted[0]!.map((_, k) => shifted.reduce((sum, quad) => sum + quad[k]!, 0) / shifted.length)
  return quads.map((quad, i) => quadFrom(pointsInQuad(movedBy(still, shifts[i]!, -pose), quad)))
}

/** Places, n x (x, y), so many times a way from where they are. */
function movedBy(places: readonly number[], way: Point, times: number): readonly number[] {
  return places.map((value, i) => value + times * way[i % 2]!)
}

/** The same in a film of a photograph: in the look's own square, in which the head moves. */
export function photographTargets(
  model: ShapeModel,
  look: TargetLook,
  driver: TimedMotion,
  { smoothing, ...transfer }: FilmSettings = usualFilm,
): readonly Float32Array[] {
  const smoothed = smoothedMotion(driver.motion, driver.segments, smoothing)
  const targetOf = photographTarget(model, look, { ...driver, motion: smoothed }, transfer)
  return smoothed.frames.map((frame, i) => draggedTarget(targetOf(i), frame))
}

/** Where a look's landmarks lie in a frame, before any of them is dragged. */
export interface FrameTarget {
  /** 68 x (x, y) as fractions of the square's side. */
  readonly points: Float32Array
  /** How far a unit of the model along each axis of the face goes there: 3 x (x, y). */
  readonly axes: Float32Array
}

/**
 * The same for one frame of the driver after the other.
 *
 * @param driver smoothed
 */
export function photographTarget(
  model: ShapeModel,
  { points, quad }: TargetLook,
  driver: Pick<TimedMotion, 'motion' | 'segments'>,
  { head, ...transfer }: Omit<FilmSettings, 'smoothing'>,
): (frame: number) => FrameTarget {
  const look = fitMotion(model, [points])
  const { scale, x, y } = look.frames[0]!.pose
  const transferred = frameTransfer(model, look, driver.motion, transfer, middleOfHead)
  const shifts = head === 'moving' ? headShifts(driver, middleOfHead, mostInPhotographs) : undefined
  return (frame) => {
    const { points, rotation } = transferred(driver.motion.frames[frame]!)
    const [right, down] = shifts?.[frame] ?? [0, 0]
    const place = [x + scale * transfer.pose * right, y + scale * transfer.pose * down]
    return targetIn(
      { points: points.map((value, i) => scale * value + place[i % 2]!), rotation },
      quad,
      scale,
    )
  }
}

/** The landmarks with what is dragged of them in that frame. */
export function draggedTarget(
  { points, axes }: FrameTarget,
  { dragged }: Pick<MotionFrame, 'dragged'>,
): Float32Array {
  return dragged ? withDragged(points, axes, dragged) : points
}

/** What is shown in a view of the square, as fractions of that. */
export function viewedTarget({ points, axes }: FrameTarget, view: Quad): FrameTarget {
  return { points: pointsInQuad(points, view), axes: waysInQuad(Array.from(axes), view) }
}

/** @param scale units of the picture for one of the model */
function targetIn({ points, rotation }: TransferredFace, quad: Quad, scale = 1): FrameTarget {
  return { points: pointsInQuad(points, quad), axes: axesInQuad(rotation, scale, quad) }
}

function axesInQuad(rotation: Rotation, scale: number, quad: Quad): Float32Array {
  const [a, b, c, d, e, f] = matrixOf(rotation)
  return waysInQuad(
    [a, d, b, e, c, f].map((value) => scale * value),
    quad,
  )
}

/** Ways in the picture, n x (x, y), in fractions of a square. */
function waysInQuad(ways: readonly number[], quad: Quad): Float32Array {
  const [left, top] = quad[0]
  return pointsInQuad(
    ways.map((value, i) => value + (i % 2 === 0 ? left : top)),
    quad,
  )
}

/** For each frame a square that follows the face steadily. What is dragged of it moves no square. */
function steadySquares(faces: readonly TransferredFace[], times: FilmTimes): readonly Quad[] {
  const rate = frameRate(times)
  const quads = faces.map(({ points }) => ffhqQuad(points))
  return rate === undefined ? quads : steadyQuads(quads, times.segments, rate)
}
