import { landmarkGroupOf, landmarkGroups } from '../face/landmark-groups.ts'
import { withDepthOf } from './face-residual.ts'
import type { Motion, MotionFrame } from './motion.ts'
import { openingRatios, withOpenings } from './openings.ts'
import { between, type Rotation, turned } from './rotation.ts'
import { fromFront, seenLandmarks } from './seen-landmarks.ts'
import { type ShapeModel, shapeOf } from './shape-model.ts'

/** How a driver's motion is given to a look. */
export interface TransferSettings {
  /** `own`: the look keeps the shape of its face. `absolute`: it gets the driver's landmarks themselves. */
  readonly mode: 'own' | 'absolute'
  /** How far the head goes from the look's pose to the driver's: 0 stays, 1 goes all the way, more exaggerates. */
  readonly pose: number
  /** The same for the expression. */
  readonly expression: number
  /** For each of the nine groups whether it makes the driver's expressions; else it keeps the look's and only turns. */
  readonly follows: readonly boolean[]
}

export const usualTransfer: TransferSettings = {
  mode: 'own',
  pose: 1,
  expression: 1,
  follows: landmarkGroups.map(() => true),
}

/**
 * The landmarks of a look that makes a driver's movements, for each frame of the driver: 68 x (x, y) in units of the
 * model, not aligned yet. What the driver does is taken as it is, not as a difference from a first frame, so that no
 * frame has to be neutral. What the model does not explain of the look turns with its head; how deep that lies a still
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
  return driver.frames.map(frameTransfer(model, look, driver, settings))
}

/** The same for one frame of the driver after the other. */
export function frameTransfer(
  model: ShapeModel,
  look: Motion,
  driver: Pick<Motion, 'identity' | 'residual'>,
  { mode, pose, expression, follows }: TransferSettings,
): (frame: MotionFrame) => Float64Array {
  const still = look.frames[0]!
  const own = { ...look, residual: withDepthOf(look.residual, driver.residual, still.pose.rotation) }
  return (frame) => {
    const rotation = between(still.pose.rotation, frame.pose.rotation, pose)
    const expressions = mixedNumbers(still.expression, frame.expression, expression)
    const [face, { residual }] = mode === 'own' ? [own, still] : [driver, frame]
    const moves = seenFace(model, face, { expression: expressions, residual }, rotation)
    const stays = seenFace(model, own, still, rotation)
    const drives = openingRatios(seenFace(model, driver, frame, rotation))
    const ratios = mixedNumbers(openingRatios(stays), drives, expression)
    // What is exaggerated shuts, but does not cross.
    const opened = withOpenings(
      moves,
      ratios.map((ratio, k) => Math.max(ratio, Math.min(0, drives[k]!))),
    )
    return opened.map((value, i) => (follows[landmarkGroupOf(i >> 1)] ? value : stays[i]!))
  }
}

/** The landmarks of a face with what the model does not explain of it, 68 x (x, y). */
function seenFace(
  model: ShapeModel,
  { identity, residual: common }: Pick<Motion, 'identity' | 'residual'>,
  { expression, residual }: Pick<MotionFrame, 'expression' | 'residual'>,
  rotation: Rotation,
): Float64Array {
  const explained = seenLandmarks(shapeOf(model, identity, expression), rotation)
  const whole = Float64Array.from(common, (value, i) => value + residual[i]!)
  const rest = fromFront(turned(whole, rotation))
  return explained.map((value, i) => value + rest[i]!)
}

function mixedNumbers(from: ArrayLike<number>, to: ArrayLike<number>, part: number): readonly number[] {
  return Array.from(from, (value, i) => value + part * (to[i]! - value))
}
