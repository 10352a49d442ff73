import { Matrix, solve } from 'ml-matrix'
import { landmarkCount } from '../face/landmark-groups.ts'
import { matrixOf, type Rotation, turned, turnedBack } from './rotation.ts'
import { shapeLength } from './shape-model.ts'

/** Against depth that hardly shows: so many frames of no residual at all. */
const ridge = 2

/** What the model does not explain of a frame, 68 x (x, y) in units of the shape, and how the head is turned in it. */
export interface UnexplainedFrame {
  readonly rotation: Rotation
  readonly rest: ArrayLike<number>
}

/**
 * How a face differs from the model in all frames together, by a ridge for each landmark: where frames show it from
 * several sides, also in depth.
 *
 * @returns 68 x (x, y, z)
 */
export function commonResidual(frames: readonly UnexplainedFrame[]): Float64Array {
  const left = Matrix.eye(3).mul(ridge)
  const right = Matrix.zeros(3, landmarkCount)
  for (const { rotation, rest } of frames) {
    const m = matrixOf(rotation)
    const views = new Matrix([m.slice(0, 3), m.slice(3, 6)])
    left.add(views.transpose().mmul(views))
    right.add(views.transpose().mmul(Matrix.from1DArray(landmarkCount, 2, rest).transpose()))
  }
  return Float64Array.from(solve(left, right).transpose().to1DArray())
}

/** The least shape that turned by a rotation is seen as `rest`: it lies in the picture's plane. */
export function residualOf({ rotation, rest }: UnexplainedFrame): Float64Array {
  const flat = new Float64Array(shapeLength)
  for (let i = 0; i < landmarkCount; i++) {
    flat[3 * i] = rest[2 * i]!
    flat[3 * i + 1] = rest[2 * i + 1]!
  }
  return turnedBack(flat, rotation)
}

/** A residual that is seen as before where the head is turned so, but is as deep as another: 68 x (x, y, z). */
export function withDepthOf(
  residual: ArrayLike<number>,
  other: ArrayLike<number>,
  rotation: Rotation,
): Float64Array {
  const [seen, deep] = [turned(residual, rotation), turned(other, rotation)]
  return turnedBack(
    seen.map((value, i) => (i % 3 === 2 ? deep[i]! : value)),
    rotation,
  )
}
