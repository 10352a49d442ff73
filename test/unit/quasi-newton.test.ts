import { describe, expect, test } from 'vitest'
import {
  type Descent,
  freshDescent,
  isRough,
  type Look,
  metricOf,
  observed,
  proposed,
} from '../../src/engine/projection/quasi-newton.ts'

type Loss = (point: Float32Array) => Look

/** Rosenbrock's valley in pairs of elements: 0 at all ones. */
const valley: Loss = (x) => {
  const gradient = new Float32Array(x.length)
  let loss = 0
  for (let i = 0; i < x.length; i += 2) {
    const [a, b] = [1 - x[i]!, x[i + 1]! - x[i]! ** 2]
    loss += a ** 2 + 100 * b ** 2
    gradient[i] = -2 * a - 400 * x[i]! * b
    gradient[i + 1] = 200 * b
  }
  return { loss, gradient }
}

/** A bowl whose axes differ by a factor of a thousand. */
const bowl: Loss = (x) => ({
  loss: x.reduce((sum, value, i) => sum + 10 ** (i / 2) * value ** 2, 0),
  gradient: x.map((value, i) => 2 * 10 ** (i / 2) * value),
})

const flat = (size: number) => new Float32Array(size).fill(1)

function descended(
  loss: Loss,
  start: Float32Array,
  looks: number,
  metric: Float32Array = flat(start.length),
) {
  let place: { point: Float32Array; descent: Descent } = { point: start, descent: freshDescent }
  const losses: number[] = []
  for (let k = 0; k < looks; k++) {
    const trial = proposed(place.point, place.descent, metric)
    place = observed(place.point, place.descent, metric, trial, loss(trial))
    losses.push(place.descent.at!.loss)
  }
  return { ...place, losses }
}

describe('a descent by L-BFGS', () => {
  test('looks at its point first, and does not move', () => {
    const start = Float32Array.of(3, -2)
    expect(proposed(start, freshDescent, flat(2))).toEqual(start)
    expect(descended(bowl, start, 1).point).toEqual(start)
  })

  test('comes to the end of a crooked valley, and never climbs', () => {
    const { losses, point } = descended(valley, Float32Array.of(-1.2, 1, -1.2, 1), 150)
    losses.slice(1).forEach((loss, i) => {
      expect(loss).toBeLessThanOrEqual(losses[i]!)
    })
    expect(losses.at(-1)).toBeLessThan(1e-6)
    for (const value of point) expect(value).toBeCloseTo(1, 2)
  })

  test('comes faster to the bottom of a bowl in its metric', () => {
    const start = new Float32Array(8).fill(1)
    const squares = Float32Array.from(bowl(start).gradient, (x) => x ** 2)
    const inMetric = descended(bowl, start, 40, metricOf(squares)).losses.at(-1)!
    expect(inMetric).toBeLessThan(descended(bowl, start, 40).losses.at(-1)!)
  })

  test('moves no element by more than a tenth, on average', () => {
    const start = Float32Array.of(1000, -1000)
    const before = descended(bowl, start, 20)
    const { point } = descended(bowl, start, 21)
    const [a, b] = [point[0]! - before.point[0]!, point[1]! - before.point[1]!]
    expect(Math.sqrt((a ** 2 + b ** 2) / 2)).toBeLessThan(0.1001)
  })

  test('is rough where the gradient tells little of the loss, and not elsewhere', () => {
    const rugged: Loss = (x) => ({
      loss: x.reduce((sum, value) => sum + value ** 2 + 0.1 * Math.sin(1e5 * value), 0),
      gradient: x.map((value) => 2 * value + 1e4 * Math.cos(1e5 * value)),
    })
    expect(isRough(descended(rugged, Float32Array.of(1, -1), 30).descent)).toBe(true)
    expect(isRough(descended(valley, Float32Array.of(-1.2, 1), 30).descent)).toBe(false)
  })

  test('stays where no way leads down, and forgets what it saw', () => {
    const start = Float32Array.of(1, 2)
    const uphill: Loss = (x) => ({ loss: x[0] === 1 && x[1] === 2 ? 0 : 1, gradient: Float32Array.of(1, 1) })
    const { point, descent } = descended(uphill, start, 5)
    expect(point).toEqual(start)
    expect(descent.curves).toEqual([])
    expect(descent.refusals).toBe(0)
  })
})
