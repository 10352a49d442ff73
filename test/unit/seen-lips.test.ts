import { describe, expect, test } from 'vitest'
import { neutralPoints } from '../../src/engine/face/square-quad.ts'
import { inGap, mouthGap, outOfGap } from '../../src/engine/likeness/gap.ts'
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

/** A look whose mouth is of another light than its lips: so far beyond the edges of its landmarks, in widths. */
function lookWith(points: Float32Array, above: number, below: number, inside: number) {
  const data = new Uint8Array(side * side * 3)
  const { frame, upper, lower } = mouthGap(points)
  for (let pixel = 0; pixel < side * side; pixel++) {
    const [across, down] = inGap(
      frame,
      ((pixel % side) + 0.5) / side,
      (Math.floor(pixel / side) + 0.5) / side,
    )
    const isInside = down > upper(across) - above && down < lower(across) + below && across > 0 && across < 1
    data.fill(isInside ? inside : 130, 3 * pixel, 3 * pixel + 3)
  }
  return { image: { width: side, height: side, data }, quad: wholeQuad(side), points }
}

/** How far down the edges of a mouth lie in the middle of where the landmarks have it, in its widths. */
const middleOf = (points: Float32Array, landmarks = points) => {
  const gap = mouthGap(points)
  const { frame } = mouthGap(landmarks)
  return [gap.upper, gap.lower].map((edge) => inGap(frame, ...outOfGap(gap.frame, 0.5, edge(0.5)))[1]) as [
    number,
    number,
  ]
}

describe('lips as they are seen', () => {
  test('meet at the darkest line where they are shut, and stay shut', () => {
    const points = opened(0.04)
    const line = (middleOf(points)[0] + middleOf(points)[1]) / 2 + 0.06
    const seen = seenLips(lookWith(points, -0.06, 0.06, 60))
    const [upper, lower] = middleOf(withSeenLips(points, seen), points)
    expect(lower - upper).toBeLessThan(0.02)
    expect(Math.abs((upper + lower) / 2 - line)).toBeLessThan(0.03)
    const [above, below] = middleOf(withSeenLips(opened(0), seen))
    expect(below - above).toBe(0)
  })

  test.each([
    ['within the lower lip', 0, 0.06],
    ['deep within both lips', -0.05, 0.1],
  ])('end where their colour does when they are open, %s', (_, above, below) => {
    const points = opened(0.3)
    const [upper, lower] = middleOf(points)
    const seen = middleOf(withSeenLips(points, seenLips(lookWith(points, above, below, 240))), points)
    expect(Math.abs(upper - above - seen[0])).toBeLessThan(0.015)
    expect(Math.abs(lower + below - seen[1])).toBeLessThan(0.015)
  })

  test('meet at the corners that are seen, where the landmarks lie beside them', () => {
    const points = opened(0)
    const { frame } = mouthGap(points)
    const off = points.slice()
    for (const [landmarks, across, down] of [
      [[48, 60], -0.06, 0.06],
      [[54, 64], 0.04, -0.06],
    ] as const) {
      for (const landmark of landmarks) {
        off[2 * landmark]! += frame.a * across
        off[2 * landmark + 1]! += frame.a * down
      }
    }
    const seen = withSeenLips(off, seenLips({ ...lookWith(points, 0.03, 0.03, 60), points: off }))
    for (const corner of [60, 64]) {
      const place = (of: Float32Array) => inGap(frame, of[2 * corner]!, of[2 * corner + 1]!)
      const [here, truth] = [place(seen), place(points)]
      expect(Math.abs(here[0] - truth[0])).toBeLessThan(0.04)
      expect(Math.abs(here[1] - truth[1])).toBeLessThan(0.03)
    }
  })

  test('shut where the landmarks do, whatever was seen of them open', () => {
    const seen = seenLips(lookWith(opened(0.3), 0, 0.06, 240))
    const [above, below] = middleOf(withSeenLips(opened(0), seen))
    expect(below - above).toBeLessThan(1e-6)
  })

  test('stay at the landmarks where the picture shows no edge', () => {
    const points = opened(0.3)
    const moved = withSeenLips(points, seenLips(lookWith(points, 0, 0, 130)))
    for (const [i, value] of moved.entries()) expect(value).toBeCloseTo(points[i]!, 5)
  })
})
