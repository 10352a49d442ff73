import { Matrix, solve } from 'ml-matrix'
import { landmarkCount } from '../face/landmark-groups.ts'
import { innerStart } from '../likeness/inner-landmarks.ts'
import type { MotionFrame } from './motion.ts'
import { composed, type Rotation, rotationAbout, turned } from './rotation.ts'
import { fromFront, unexplained } from './seen-landmarks.ts'
import { type ShapeModel, shapeOf } from './shape-model.ts'

/** Pose and expression in one frame, on the way to the solution. */
export type FrameState = Omit<MotionFrame, 'residual'>

/** The jaw slides along its outline, so it says less of the face than what lies on it. */
const jawWeight = 0.3

/** How far landmarks lie from where the model has them in x or y, by noise and what it cannot say, in its units. */
const deviation = 1.2

/** What holds coefficients to be N(0, 1), beside the squares of the landmarks' distances. */
export const ridge = deviation ** 2

/** Of a pose: small turns about the three axes, growth, and two shifts. */
const poseUnknowns = 6

/** Normal equations, `left` times the change of the unknowns being `right`: [unknowns, unknowns] and [unknowns, 1]. */
export interface Equations {
  readonly left: Matrix
  readonly right: Matrix
}

/**
 * What one frame says of how the identity should change, whatever its pose and expression are: its equations, linear
 * around a state, with what belongs to the frame eliminated (Triggs et al. 2000, "Bundle Adjustment", section 6.1).
 *
 * @param points 68 x (x, y) in pixels of the picture
 */
export function identityEquations(
  model: ShapeModel,
  identity: ArrayLike<number>,
  state: FrameState,
  points: ArrayLike<number>,
): Equations {
  const shape = shapeOf(model, identity, state.expression)
  const slopes = [
    ...ownSlopes(model, shape, state.pose.rotation),
    ...slopesAlong(model.identity, state.pose.rotation),
  ]
  const { left, right } = normalEquations(slopes, unexplained(points, state.pose, shape))
  addRidge({ left, right }, state.expression)
  const [own, last] = [poseUnknowns + state.expression.length, slopes.length - 1]
  const cross = left.subMatrix(own, last, 0, own - 1)
  const ownLeft = left.subMatrix(0, own - 1, 0, own - 1)
  const ownRight = right.subMatrix(0, own - 1, 0, 0)
  return {
    left: left.subMatrix(own, last, own, last).sub(cross.mmul(solve(ownLeft, cross.transpose()))),
    right: right.subMatrix(own, last, 0, 0).sub(cross.mmul(solve(ownLeft, ownRight))),
  }
}

/** A better state of a frame whose identity is known: one step of Gauss and Newton. */
export function betterState(
  model: ShapeModel,
  identity: ArrayLike<number>,
  { pose, expression }: FrameState,
  points: ArrayLike<number>,
): FrameState {
  const shape = shapeOf(model, identity, expression)
  const equations = normalEquations(ownSlopes(model, shape, pose.rotation), unexplained(points, pose, shape))
  addRidge(equations, expression)
  const change = solve(equations.left, equations.right).to1DArray()
  const [aboutX, aboutY, aboutZ, growth, across, down] = change
  return {
    pose: {
      rotation: composed(rotationAbout(aboutX!, aboutY!, aboutZ!), pose.rotation),
      scale: pose.scale * Math.exp(growth!),
      x: pose.x + pose.scale * across!,
      y: pose.y + pose.scale * down!,
    },
    expression: Float64Array.from(expression, (value, k) => value + change[poseUnknowns + k]!),
  }
}

/** Of coefficients that come behind the pose, which has none. */
function addRidge({ left, right }: Equations, expression: ArrayLike<number>): void {
  for (let k = 0; k < expression.length; k++) {
    const i = poseUnknowns + k
    left.set(i, i, left.get(i, i) + ridge)
    right.set(i, 0, right.get(i, 0) - ridge * expression[k]!)
  }
}

/** By how much the landmarks that are seen move with pose and expression: 68 x (x, y) for each unknown. */
function ownSlopes(
  { expression }: ShapeModel,
  shape: ArrayLike<number>,
  rotation: Rotation,
): readonly Float64Array[] {
  const pose = Array.from({ length: poseUnknowns }, () => new Float64Array(2 * landmarkCount))
  const face = turned(shape, rotation)
  for (let i = 0; i < landmarkCount; i++) {
    const [x, y, z] = [face[3 * i]!, face[3 * i + 1]!, face[3 * i + 2]!]
    const columns = [
      [0, z, -y, x, 1, 0],
      [-z, 0, x, y, 0, 1],
    ] as const
    pose.forEach((slope, unknown) => {
      slope[2 * i] = columns[0][unknown]!
      slope[2 * i + 1] = columns[1][unknown]!
    })
  }
  return [...pose, ...slopesAlong(expression, rotation)]
}

function slopesAlong(directions: readonly ArrayLike<number>[], rotation: Rotation): readonly Float64Array[] {
  return directions.map((direction) => fromFront(turned(direction, rotation)))
}

/** Of least squares in which the jaw counts less. */
function normalEquations(slopes: readonly Float64Array[], values: Float64Array): Equations {
  const left = Matrix.zeros(slopes.length, slopes.length)
  slopes.forEach((slope, i) => {
    for (let j = 0; j <= i; j++) {
      const value = weightedProduct(slope, slopes[j]!)
      left.set(i, j, value)
      left.set(j, i, value)
    }
  })
  return { left, right: Matrix.columnVector(slopes.map((slope) => weightedProduct(slope, values))) }
}

/** Of two rows, 68 x (x, y). */
function weightedProduct(a: Float64Array, b: Float64Array): number {
  let [jaw, inside] = [0, 0]
  for (let i = 0; i < 2 * innerStart; i++) jaw += a[i]! * b[i]!
  for (let i = 2 * innerStart; i < a.length; i++) inside += a[i]! * b[i]!
  return jawWeight * jaw + inside
}
