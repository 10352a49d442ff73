import { describe, expect, test } from 'vitest'
import { momentTargets } from '../../src/engine/likeness/moment-targets.ts'

/** 68 points, all at one place. */
const at = (x: number, y = 0.5) => Array.from({ length: 136 }, (_, i) => (i % 2 === 0 ? x : y))
const [own, aim] = [at(0.3), at(0.6)]
const xs = (reached: readonly (readonly number[])[]) =>
  momentTargets(own, aim, reached).map((points) => points[0]!)

describe('the landmarks of a photograph in the moments of a search', () => {
  test('begin as the look’s own and end where they are aimed at, whatever was drawn', () => {
    const made = momentTargets(own, aim, [at(0.9, 0.1), at(0.7, 0.3), at(0.5, 0.45)])
    expect(made[0]).toEqual(Float32Array.from(own))
    for (const [i, value] of made.at(-1)!.entries()) expect(value).toBeCloseTo(aim[i]!)
  })

  test('go as far as the drawn ones had come, and where those went', () => {
    expect(xs([at(0), at(0.1), at(0.2), at(0.3), at(0.4)])).toEqual(
      // 0.3 + done * (x + 0.6 - 0.4 - 0.3)
      [0, 0.25, 0.5, 0.75, 1].map((done) => expect.closeTo(0.3 + done * (0.4 * done - 0.1))),
    )
    const detour = momentTargets(own, aim, [at(0), at(0.2, 0.7), at(0.4)])
    expect(detour[1]![1]).toBeCloseTo(0.5 + 0.5 * 0.2)
  })

  test('jump less than the search does', () => {
    const jumping = Array.from({ length: 100 }, (_, i) => at(0.4 * (i / 99) + (i % 2 === 0 ? 0.05 : -0.05)))
    const made = xs(jumping)
    const steps = made.slice(1).map((x, i) => Math.abs(x - made[i]!))
    expect(Math.max(...steps.slice(5, -5))).toBeLessThan(0.03)
  })

  test('are the aim where a single moment is known', () => {
    expect(xs([at(0.9)])[0]).toBeCloseTo(0.6)
  })
})
