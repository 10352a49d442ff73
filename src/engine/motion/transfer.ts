import { landmarkGroupOf, landmarkGroups } from '../face/landmark-groups.ts'
import { leastLids, lidsOf } from './bearing.ts'
import { withDepthOf } from './face-residual.ts'
import type { Motion, MotionFrame } from './motion.ts'
import { eachOpening, openingRatios, uncrossed, withOpenings } from './openings.ts'
import { between, composed, inverse, type Rotation, turned } from './rotation.ts'
import { seenFace } from './seen-face.ts'
import type { ShapeModel } from './shape-model.ts'

/** How a driver's motion is given to a look. */
export interface TransferSettings {
  /**
   * What is the look's. `own`: the shape of its face and its bearing; it moves as far from that as the driver moves from its own.
   * `posed`: the shape; head and eyes go where the driver has them. `absolute`: nothing, it gets the driver's landmarks themselves.
   */
  readonly mode: 'own' | 'posed' | 'absolute'
  /** How far the head goes from the look's pose to the driver's: 0 stays, 1 goes all the way, more exaggerates. */
  readonly pose: number
  /** The same for the expression. */
  readonly expression: number
  /** For each of the nine groups whether it makes the driver's expressions; else it keeps the look's and only turns. */
  readonly follows: readonly boolean[]
  /**
   * For each of `openers` how far it opens and shuts as the driver's: 0 stays as the look's, 1 goes all the way, more exaggerates.
   * Null, or none at all: as far as the expression.
   */
  readonly openings?: readonly (number | null)[]
}

export const usualTransfer: TransferSettings = {
  mode: 'own',
  pose: 1,
  expression: 1,
  follows: landmarkGroups.map(() => true),
}

/**
 * The landmarks of a look that makes a driver's movements, for each frame of the driver: 68 x (x, y) in units of the
 * model, not aligned yet. Expressions are taken as they are, not as differences from a first frame, so that no frame has to be neutral. What the model does not explain of the look turns with its head; how deep that lies a still
 * does not show, and is taken from the driver, since faces have more in common with each other than with the model.
 *
 * @param look the motion of a still: one frame
 */
export function transferredPoints(
  model: ShapeModel,
  look: Motion,
  driver: Motion,
  settings: TransferSettings,
): readonly Float64Array[] {
  const transferred = frameTransfer(model, look, driver, settings)
  return driver.frames.map((frame) => transferred(frame).points)
}

/** A look's face in a frame of its driver. */
export interface TransferredFace {
  /** 68 x (x, y) in units of the model. */
  readonly points: Float64Array
  /** Of its head. */
  readonly rotation: Rotation
}

/** A place of the head in units of the model, whose origin is between the eyes. */
export type Pivot = readonly [x: number, y: number, z: number]

/** Where a head turns about it, its outline stays where it is. */
export const middleOfHead: Pivot = [0, 20, -65]
export const betweenEyes: Pivot = [0, 0, 0]

/**
 * The same for one frame of the driver after the other.
 *
 * @param pivot what the head turns about
 */
export function frameTransfer(
  model: ShapeModel,
  look: Motion,
  driver: Omit<Motion, 'frames'>,
  { mode, pose, expression, follows, openings }: TransferSettings,
  pivot = betweenEyes,
): (frame: MotionFrame) => TransferredFace {
  const still = look.frames[0]!
  const start = still.pose.rotation
  const own = { ...look, residual: withDepthOf(look.residual, driver.residual, start) }
  const rests = turned(pivot, start)
  // About the axes of the head, so that who looks aside nods to where the face looks.
  const fromUsual = composed(start, inverse(driver.bearing.rotation))
  return (frame) => {
    const goal = mode === 'own' ? composed(fromUsual, frame.pose.rotation) : frame.pose.rotation
    const rotation = between(start, goal, pose)
    const expressions = mixedNumbers(still.expression, frame.expression, expression)
    const [face, { residual }] = mode === 'absolute' ? [driver, frame] : [own, still]
    const moves = seenFace(model, face, { expression: expressions, residual }, rotation)
    const stays = seenFace(model, own, still, rotation)
    const shows = openingRatios(stays)
    const drives = [...openingRatios(seenFace(model, driver, frame, rotation))]
    if (mode === 'own') {
      const lids = lidsOf(model, driver, frame)
      lids.forEach((lid, k) => {
        drives[k] = (lid / driver.bearing.lids[k]!) * Math.max(leastLids, shows[k]!)
      })
    }
    // What is exaggerated shuts, but does not cross.
    const ratios = uncrossed(mixedNumbers(shows, drives, expression), drives)
    const expressed = withOpenings(moves, ratios)
    const opened = openings ? reopened(expressed, shows, drives, openings) : expressed
    const there = turned(pivot, rotation)
    const points = opened.map(
      (value, i) => (follows[landmarkGroupOf(i >> 1)] ? value : stays[i]!) + rests[i % 2]! - there[i % 2]!,
    )
    return { points, rotation }
  }
}

/** A face whose eyes and lips open by strengths of their own, whatever its expression. */
function reopened(
  points: Float64Array,
  shows: readonly number[],
  drives: readonly number[],
  strengths: readonly (number | null)[],
): Float64Array {
  const ratios = openingRatios(points)
  const own = eachOpening(strengths).map((part, k) =>
    part === null ? ratios[k]! : shows[k]! + part * (drives[k]! - shows[k]!),
  )
  return withOpenings(points, uncrossed(own, drives), true)
}

function mixedNumbers(from: ArrayLike<number>, to: ArrayLike<number>, part: number): readonly number[] {
  return Array.from(from, (value, i) => value + part * (to[i]! - value))
}
