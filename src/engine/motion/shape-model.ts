import { landmarkCount } from '../face/landmark-groups.ts'
import { shapedWeight, type Weights } from '../weights.ts'

/**
 * The 68 landmarks of all faces as a linear model in three dimensions: a mean face, how faces differ from it, and how
 * expressions move one (Bregler, Hertzmann and Biermann 2000, "Recovering Non-Rigid 3D Shape from Image Streams"; apart
 * from each other as in Blanz and Vetter 1999). Shapes are 68 x (x, y, z) as in `neutral-face.ts`: x to the right of the
 * picture, y down, z to the viewer, the eyes about 62 apart.
 */
export interface ShapeModel {
  /** A middling face at rest. */
  readonly mean: ArrayLike<number>
  /** Directions of a shape, each as long as faces spread along it: a coefficient is about N(0, 1). */
  readonly identity: readonly ArrayLike<number>[]
  /** The same; a face at rest has none of them. */
  readonly expression: readonly ArrayLike<number>[]
}

/** Numbers of a shape. */
export const shapeLength = 3 * landmarkCount

/** Takes the model from the tensors that `models/training/shapes.py` wrote. Throws MienError 'unsupported-model'. */
export function readShapeModel(weights: Weights): ShapeModel {
  const tensor = (name: string, count?: number) => shapedWeight(weights, name, [count, landmarkCount, 3])
  const rows = (name: string) => {
    const { shape, data } = tensor(name)
    return Array.from({ length: shape[0]! }, (_, i) => data.subarray(i * shapeLength, (i + 1) * shapeLength))
  }
  return {
    mean: shapedWeight(weights, 'mean', [landmarkCount, 3]).data,
    identity: rows('identity'),
    expression: rows('expression'),
  }
}

/** The shape of a face. */
export function shapeOf(
  { mean, identity, expression }: ShapeModel,
  identityCoefficients: ArrayLike<number>,
  expressionCoefficients: ArrayLike<number>,
): Float64Array {
  const shape = Float64Array.from(mean)
  addDirections(shape, identity, identityCoefficients)
  addDirections(shape, expression, expressionCoefficients)
  return shape
}

function addDirections(
  shape: Float64Array,
  directions: readonly ArrayLike<number>[],
  coefficients: ArrayLike<number>,
): void {
  directions.forEach((direction, k) => {
    for (let i = 0; i < shape.length; i++) shape[i]! += coefficients[k]! * direction[i]!
  })
}
