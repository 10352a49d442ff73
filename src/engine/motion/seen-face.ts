import type { Motion, MotionFrame } from './motion.ts'
import { type Rotation, turned } from './rotation.ts'
import { fromFront, seenLandmarks } from './seen-landmarks.ts'
import { type ShapeModel, shapeOf } from './shape-model.ts'

/** The landmarks of a face with what the model does not explain of it, 68 x (x, y) in units of the model. */
export function seenFace(
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
