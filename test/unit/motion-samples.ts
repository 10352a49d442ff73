import { expect } from 'vitest'
import type { Bearing } from '../../src/engine/motion/bearing.ts'
import { facing, type Rotation, rotationAbout } from '../../src/engine/motion/rotation.ts'
import { seenLandmarks } from '../../src/engine/motion/seen-landmarks.ts'
import { type ShapeModel, shapeOf } from '../../src/engine/motion/shape-model.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'

/** Of a head that looks at the viewer. */
export const facingBearing: Bearing = { rotation: facing, lids: [0.3, 0.3, 0.3, 0.3] }

/** Who somebody is and what he does, in coefficients of the model. */
export interface Sample {
  readonly identity?: ArrayLike<number>
  readonly expression?: ArrayLike<number>
  readonly rotation?: Rotation
}

/** Where a camera with 3 pixels for a unit sees the landmarks of a face that the model knows. */
export function photographed(
  model: ShapeModel,
  { identity = new Float64Array(10), expression = new Float64Array(16), rotation = [1, 0, 0, 0] }: Sample,
): Float64Array {
  const seen = seenLandmarks(shapeOf(model, identity, expression), rotation)
  return seen.map((value, i) => 3 * value + (i % 2 === 0 ? 500 : 300))
}

/** Coefficients as faces have them. */
export function drawnCoefficients(count: number, seed: number): Float32Array {
  return new MersenneTwister(seed).normals(count)
}

/** A head that turns to the left of the picture and back. */
export function turning(frame: number, most = 0.4): Rotation {
  return rotationAbout(0, most * Math.sin(frame / 9), 0)
}

/** Expects numbers to be those, to so many digits behind the point. */
export function expectSame(found: ArrayLike<number>, expected: ArrayLike<number>, digits = 6): void {
  expect(found.length).toBe(expected.length)
  for (let i = 0; i < found.length; i++) expect(found[i]).toBeCloseTo(expected[i]!, digits)
}
