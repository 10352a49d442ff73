import { describe, expect, test } from 'vitest'
import { mean } from '../../models/evaluation/figures.ts'
import { ffhqQuad, type Quad, sideOf } from '../../src/engine/face/quad.ts'
import {
  centreOf,
  neutralPoints,
  scaledQuad,
  turnedQuad,
  uprightQuad,
} from '../../src/engine/face/square-quad.ts'
import type { Motion } from '../../src/engine/motion/motion.ts'
import {
  between,
  composed,
  type Rotation,
  rotationAbout,
  turned,
  turnedBack,
} from '../../src/engine/motion/rotation.ts'
import { smoothedMotion } from '../../src/engine/motion/smoothed-motion.ts'
import { smoothedRows } from '../../src/engine/motion/smoothing.ts'
import { steadyQuads } from '../../src/engine/motion/steady-quads.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { expectSame, facingBearing, turning } from './motion-samples.ts'

const whole = (rows: readonly unknown[]) => [{ start: 0, end: rows.length }]
const column = (rows: readonly ArrayLike<number>[]) => rows.map((row) => row[0]!)
const shaken = (count: number, seed = 1) => Array.from(new MersenneTwister(seed).normals(count))

describe('rows that are smoothed', () => {
  test('keep a parabola as it is, to the ends', () => {
    const rows = Array.from({ length: 9 }, (_, i) => [i * i - 3 * i])
    for (const window of [5, 7]) {
      expectSame(column(smoothedRows(rows, whole(rows), window)), column(rows))
    }
  })

  test('lose half of the square of their noise', () => {
    const rows = shaken(2000).map((value) => [value])
    const found = column(smoothedRows(rows, whole(rows), 5))
    // 17/35, the middle factor of Savitzky and Golay's.
    expect(mean(found.map((value) => value ** 2))).toBeCloseTo(17 / 35, 1)
  })

  test('know nothing of what lies beyond a cut, and stay as they are in a gap', () => {
    const rows = [0, 0, 0, 0, 0, 9, -9, 9, 1, 1, 1, 1, 1].map((value) => [value])
    const segments = [
      { start: 0, end: 5 },
      { start: 8, end: 13 },
    ]
    expectSame(column(smoothedRows(rows, segments, 5)), column(rows))
  })

  test('stay as they are where a window or a segment says too little', () => {
    const rows = [3, 1, 2, 5, 4].map((value) => [value])
    expect(column(smoothedRows(rows, whole(rows), 3))).toEqual([3, 1, 2, 5, 4])
    expect(column(smoothedRows(rows, [{ start: 1, end: 4 }], 5))).toEqual([3, 1, 2, 5, 4])
  })
})

/** A motion whose first coefficient, and whose head, go as it is said. */
function motionOf(coefficients: readonly number[], rotation: (frame: number) => Rotation = turning): Motion {
  return {
    identity: [],
    residual: [],
    bearing: facingBearing,
    frames: coefficients.map((value, i) => ({
      pose: { rotation: rotation(i), scale: 3, x: 100, y: 50 },
      expression: [value],
      residual: [],
    })),
  }
}

describe('a motion that is smoothed', () => {
  test('trembles half as much', () => {
    const noise = shaken(200)
    const motion = motionOf(noise.map((value, i) => Math.sin(i / 9) + 0.1 * value))
    const off = ({ frames }: Motion) =>
      frames.slice(2).map(({ expression }, i) => {
        const [at, before] = [frames[i + 1]!.expression[0]!, frames[i]!.expression[0]!]
        return Math.abs(expression[0]! - 2 * at + before)
      })
    expect(mean(off(smoothedMotion(motion, whole(noise))))).toBeLessThan(0.5 * mean(off(motion)))
  })

  test('shuts its eyes in a blink of three frames', () => {
    const noise = shaken(60)
    const blink = (frame: number) => ([-1, 0, 1].includes((frame % 20) - 10) ? 3 : 0)
    const motion = motionOf(noise.map((value, i) => blink(i) + 0.1 * value))
    const found = smoothedMotion(motion, whole(noise)).frames
    for (const frame of [9, 10, 11, 29, 30, 31]) {
      expect(found[frame]!.expression[0]!).toBeGreaterThan(2.7)
      expect(found[frame]!.expression[0]!).toBeLessThan(3.3)
    }
    expect(Math.abs(found[5]!.expression[0]!)).toBeLessThan(0.2)
  })

  test('is the same whichever of its two quaternions a rotation has', () => {
    const still = Array(20).fill(0)
    const flipped = (frame: number): Rotation => {
      const [w, x, y, z] = turning(frame)
      return frame % 3 === 0 ? [-w, -x, -y, -z] : [w, x, y, z]
    }
    const [one, other] = [motionOf(still), motionOf(still, flipped)].map(
      (motion) => smoothedMotion(motion, whole(still)).frames,
    )
    const nose = [0, 38, 40]
    one!.forEach(({ pose }, i) => {
      expectSame(turned(nose, pose.rotation), turned(nose, other![i]!.pose.rotation))
    })
  })
})

describe('rotations', () => {
  const [from, to] = [rotationAbout(0.3, -0.2, 0.1), rotationAbout(-0.5, 0.9, 0.4)]
  const point = [1, 2, 3]
  const same = (a: Rotation, b: Rotation) => expectSame(turned(point, a), turned(point, b))

  test('go from one to another and beyond, the short way', () => {
    same(between(from, to, 0), from)
    same(between(from, to, 1), to)
    const [w, x, y, z] = to
    const half = between(from, to, 0.5)
    same(between(from, [-w, -x, -y, -z], 0.5), half)
    same(between(half, to, -1), from)
    same(between(to, to, 2), to)
  })

  test('are undone by turning back, and follow one another', () => {
    expectSame(turnedBack(turned(point, from), from), point)
    expectSame(turned(turned(point, from), to), turned(point, composed(to, from)))
    // About the axis to the viewer, from across to down.
    expect(turned([1, 0, 0], rotationAbout(0, 0, Math.PI / 2))[1]).toBeCloseTo(1, 9)
  })
})

describe('the squares of a film', () => {
  /** A head that wanders to the right while it speaks, four syllables a second. */
  const quads: readonly Quad[] = Array.from({ length: 75 }, (_, i) => {
    const face = uprightQuad([200 + 2 * i, 150], 100)
    return turnedQuad(scaledQuad(face, 1 + 0.05 * Math.sin((8 * Math.PI * i) / 25)), 0.1)
  })
  const steady = steadyQuads(quads, whole(quads), 25)

  test('stay squares, and go where the head goes', () => {
    steady.forEach((quad, i) => {
      const [a, b, c] = quad
      const [across, down] = [Math.hypot(c[0] - b[0], c[1] - b[1]), Math.hypot(b[0] - a[0], b[1] - a[1])]
      expect(across).toBeCloseTo(down, 6)
      expect(across).toBeCloseTo(sideOf(quad), 6)
      expect(centreOf(quad)[0]).toBeCloseTo(200 + 2 * i, 6)
    })
  })

  test('do not breathe with the mouth', () => {
    const breath = (ones: readonly Quad[]) =>
      mean(ones.slice(13, -13).map((quad) => Math.abs(sideOf(quad) - 100)))
    expect(breath(steady)).toBeLessThan(0.2 * breath(quads))
  })

  test('are those of the faces where these stand still', () => {
    const still = Array.from({ length: 30 }, () => ffhqQuad(neutralPoints()))
    expectSame(steadyQuads(still, whole(still), 25).flat(2), still.flat(2))
  })
})
