import { describe, expect, test } from 'vitest'
import { neutralPoints } from '../../src/engine/face/square-quad.ts'
import { mouthGap } from '../../src/engine/likeness/gap.ts'
import { wholeQuad } from '../../src/engine/likeness/portrait.ts'
import { seenLips, withSeenLips } from '../../src/engine/likeness/seen-lips.ts'
import { withOpenings } from '../../src/engine/motion/openings.ts'

const side = 256
const face = neutralPoints()
const lids = [0.3, 0.3, 0.3, 0.3]

/** Landmarks whose lips are open by that ratio of their width. */
function opened(lips: number): Float32Array {
  return Float32Array.from(withOpenings(face, [...lids, lips, lips, lips]))
}

/** A look whose lips are of one light, with another within the mouth, so far down in the middle between those places. */
function lookWith(points: Float32Array, top: number, bottom: number, inside: number) {
  const data = new Uint8Array(side * side * 3)
  const { frame } = mouthGap(points)
  for (let pixel = 0; pixel < side * side; pixel++) {
    const down = ((Math.floor(pixel / side) + 0.5) / side - frame.y) / frame.a
    data.fill(down > top && down < bottom ? inside : 130, 3 * pixel, 3 * pixel + 3)
  }
  return { image: { width: side, height: side, data }, quad: wholeQuad(side), points }
}

const middleOf = (points: Float32Array) => {
  const gap = mouthGap(points)
  return [gap.upper(0.5), gap.lower(0.5)] as const
}

describe('lips as they are seen', () => {
  test('meet at the darkest line where they are shut, and stay shut', () => {
    const points = opened(0.04)
    const line = middleOf(points)[1] + 0.05
    const seen = seenLips(lookWith(points, line - 0.02, line + 0.02, 60))
    const [upper, lower] = middleOf(withSeenLips(points, seen))
    expect(lower - upper).toBeLessThan(0.02)
    expect(Math.abs((upper + lower) / 2 - line)).toBeLessThan(0.03)
    const [above, below] = middleOf(withSeenLips(opened(0), seen))
    expect(below - above).toBe(0)
  })

  test('end where their colour does when they are open, further out than the landmarks', () => {
    const points = opened(0.3)
    const [upper, lower] = middleOf(points)
    const seen = seenLips(lookWith(points, upper, lower + 0.06, 240))
    const [above, below] = middleOf(withSeenLips(points, seen))
    expect(Math.abs(above - upper)).toBeLessThan(0.025)
    expect(below - lower).toBeGreaterThan(0.03)
    expect(below - lower).toBeLessThan(0.09)
  })

  test('shut where the landmarks do, whatever was seen of them open', () => {
    const points = opened(0.3)
    const [upper, lower] = middleOf(points)
    const seen = seenLips(lookWith(points, upper, lower + 0.06, 240))
    const [above, below] = middleOf(withSeenLips(opened(0), seen))
    expect(below - above).toBeLessThan(1e-6)
  })

  test('stay at the landmarks where the picture shows no edge', () => {
    const points = opened(0.3)
    const moved = withSeenLips(points, seenLips(lookWith(points, 2, 3, 0)))
    for (const [i, value] of moved.entries()) expect(value).toBeCloseTo(points[i]!, 5)
  })
})
