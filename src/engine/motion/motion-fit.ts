import { Matrix, solve } from 'ml-matrix'
import { innerSimilarity } from '../face/inner-similarity.ts'
import { bearingOf } from './bearing.ts'
import { commonResidual, residualOf } from './face-residual.ts'
import { betterState, type FrameState, identityEquations, ridge } from './frame-equations.ts'
import type { Motion } from './motion.ts'
import { rotationAbout, turned } from './rotation.ts'
import { fromFront, unexplained } from './seen-landmarks.ts'
import { type ShapeModel, shapeOf } from './shape-model.ts'

/** Frames that the identity is taken from, evenly spread; more would say the same again. */
const mostIdentityFrames = 500

/** After three the figures of `npm run eval:motion` do not change any more. */
const iterations = 4

/**
 * Finds who a face is and what it does from its landmarks in all frames: one identity for them all, a pose and an
 * expression for each. Coefficients are held to be N(0, 1), so that noise makes no grimaces (a ridge). All are solved for
 * together, by least squares from one linearisation to the next (Gauss-Newton).
 *
 * @param frames one at least, each 68 x (x, y) in pixels of its picture
 */
export function fitMotion(model: ShapeModel, frames: readonly ArrayLike<number>[]): Motion {
  const every = Math.ceil(frames.length / mostIdentityFrames)
  const identity = fitIdentity(
    model,
    frames.filter((_, i) => i % every === 0),
  )
  const states = frames.map((points) => fitState(model, identity, points))
  const rests = states.map(({ pose, expression }, i) =>
    unexplained(frames[i]!, pose, shapeOf(model, identity, expression)),
  )
  const residual = commonResidual(states.map(({ pose }, i) => ({ rotation: pose.rotation, rest: rests[i]! })))
  const face = {
    identity,
    residual,
    frames: states.map((state, i) => {
      const { rotation } = state.pose
      const common = fromFront(turned(residual, rotation))
      const rest = rests[i]!.map((value, k) => value - common[k]!)
      return { ...state, residual: residualOf({ rotation, rest }) }
    }),
  }
  return { ...face, bearing: bearingOf(model, face) }
}

/** Who the face in all frames is. */
function fitIdentity(model: ShapeModel, frames: readonly ArrayLike<number>[]): Float64Array {
  const identity = new Float64Array(model.identity.length)
  const states = frames.map((points) => firstState(model, points))
  for (let iteration = 0; iteration < iterations; iteration++) {
    const left = Matrix.eye(identity.length).mul(ridge)
    const right = Matrix.columnVector(identity).mul(-ridge)
    frames.forEach((points, i) => {
      const frame = identityEquations(model, identity, states[i]!, points)
      left.add(frame.left)
      right.add(frame.right)
    })
    const change = solve(left, right)
    identity.forEach((value, k) => {
      identity[k] = value + change.get(k, 0)
    })
    frames.forEach((points, i) => {
      states[i] = betterState(model, identity, states[i]!, points)
    })
  }
  return identity
}

/** What the face does in one frame. */
function fitState(model: ShapeModel, identity: ArrayLike<number>, points: ArrayLike<number>): FrameState {
  let state = firstState(model, points)
  for (let iteration = 0; iteration < iterations; iteration++) {
    state = betterState(model, identity, state, points)
  }
  return state
}

/** The mean face turned to the viewer, moved, scaled and rolled to where it is nearest to the landmarks. */
function firstState({ mean, expression }: ShapeModel, points: ArrayLike<number>): FrameState {
  const { from, to, angle, scale } = innerSimilarity(fromFront(mean), points)
  const [a, b] = [scale * Math.cos(angle), scale * Math.sin(angle)]
  return {
    pose: {
      rotation: rotationAbout(0, 0, angle),
      scale,
      x: to[0] - a * from[0] + b * from[1],
      y: to[1] - b * from[0] - a * from[1],
    },
    expression: new Float64Array(expression.length),
  }
}
