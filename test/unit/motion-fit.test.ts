import { describe, expect, test } from 'vitest'
import { mean } from '../../models/evaluation/figures.ts'
import { fitMotion } from '../../src/engine/motion/motion-fit.ts'
import { composed, rotationAbout, turned } from '../../src/engine/motion/rotation.ts'
import { fromFront, unexplained } from '../../src/engine/motion/seen-landmarks.ts'
import { readShapeModel, shapeOf } from '../../src/engine/motion/shape-model.ts'
import { floatTensor, sizeOf } from '../../src/engine/tensor.ts'
import { storedFloats } from '../../src/engine/weights.ts'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'
import { drawnCoefficients, expectSame, photographed, turning } from './motion-samples.ts'

const model = await loadShapeModel()
const identity = drawnCoefficients(10, 1)
const expressionOf = (frame: number) => drawnCoefficients(16, 100 + frame)

/** The mean distance of the landmarks of two shapes. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const offsets = Array.from(a, (value, i) => value - b[i]!)
  return mean(Array.from({ length: 68 }, (_, i) => Math.hypot(...offsets.slice(3 * i, 3 * i + 3))))
}

describe('the model of shapes', () => {
  test('has ten directions of identity and sixteen of expression', () => {
    expect(model.identity.length).toBe(10)
    expect(model.expression.length).toBe(16)
    expect(model.mean.length).toBe(204)
  })

  test('is refused with other landmarks', () => {
    const stored = (shape: number[]) => storedFloats(floatTensor(shape, new Float32Array(sizeOf(shape))))
    const weights = new Map([
      ['mean', stored([68, 3])],
      ['identity', stored([10, 68, 3])],
      ['expression', stored([16, 51, 3])],
    ])
    expect(() => readShapeModel(weights)).toThrow('"expression" is [16, 51, 3] instead of [?, 68, 3].')
  })
})

describe('a motion that is fitted to landmarks', () => {
  test('finds how the head lies, whatever way up the picture is', () => {
    for (const roll of [0, Math.PI / 2, Math.PI]) {
      const rotation = composed(rotationAbout(0, 0, roll), rotationAbout(0.1, 0.5, 0))
      const { pose } = fitMotion(model, [photographed(model, { identity, rotation })]).frames[0]!
      const cosine = pose.rotation.reduce((sum, value, i) => sum + value * rotation[i]!, 0)
      // Half the angle between the two, in radians.
      expect(Math.acos(Math.min(1, Math.abs(cosine)))).toBeLessThan(0.03)
      expect(pose.scale).toBeCloseTo(3, 0)
    }
  })

  test('explains landmarks wholly with what it leaves over', () => {
    const frames = [0, 7, 14].map((frame) =>
      photographed(model, { identity, expression: expressionOf(frame), rotation: turning(frame) }).map(
        (value, i) => value + 9 * Math.sin(i + frame),
      ),
    )
    const motion = fitMotion(model, frames)
    for (const [i, { pose, expression, residual }] of motion.frames.entries()) {
      const whole = Float64Array.from(residual, (value, k) => value + motion.residual[k]!)
      const rest = unexplained(frames[i]!, pose, shapeOf(model, motion.identity, expression))
      expectSame(fromFront(turned(whole, pose.rotation)), rest)
    }
  })

  test('tells who somebody is from what he does', () => {
    const frames = Array.from({ length: 24 }, (_, frame) =>
      photographed(model, { identity, expression: expressionOf(frame), rotation: turning(frame) }),
    )
    const motion = fitMotion(model, frames)
    const resting = new Float64Array(16)
    const [own, middling] = [identity, new Float64Array(10)].map((one) => shapeOf(model, one, resting))
    // In units of which the eyes are 62 apart.
    expect(distance(shapeOf(model, motion.identity, resting), own!)).toBeLessThan(
      0.1 * distance(middling!, own!),
    )
    motion.frames.forEach(({ expression }, frame) => {
      const [found, drawn] = [expression, expressionOf(frame)].map((one) => shapeOf(model, identity, one))
      expect(distance(found!, drawn!)).toBeLessThan(0.2 * distance(own!, drawn!))
    })
  })

  test('makes no grimaces of noise', () => {
    const noise = drawnCoefficients(136, 5)
    // 1.5 % of the eyes' distance.
    const points = photographed(model, {}).map((value, i) => value + 2.25 * noise[i]!)
    const { expression } = fitMotion(model, [points]).frames[0]!
    expect(Math.hypot(...Array.from(expression))).toBeLessThan(1)
  })
})
