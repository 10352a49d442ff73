import { describe, expect, test } from 'vitest'
import { atRate } from '../../src/node/runs/kinds/film/film-rate.ts'

describe('a film at a rate', () => {
  const target = Float32Array.of(0, 1)
  const frames = [
    { index: 7, time: 0, duration: 10, target },
    { index: 8, time: 10, duration: 30, target },
    { index: 9, time: 40, duration: 10, target },
  ]
  const plan = { timescale: 100, start: 2.5, frames }

  test('is what it was where no rate is said', () => {
    expect(atRate(plan, undefined)).toEqual({ plan, shows: [0, 1, 2] })
  })

  test('shows frames again, and begins where it began', () => {
    const { plan: steady, shows } = atRate(plan, 20)
    expect(shows).toEqual([0, 0, 1, 1, 1, 1, 1, 1, 2, 2])
    expect(steady).toMatchObject({ timescale: 20, start: 2.5 })
    expect(steady.frames[8]).toEqual({ index: 9, time: 8, duration: 1, target })
  })

  test('passes frames over', () => {
    const { plan: steady, shows } = atRate(plan, 4)
    expect(shows).toEqual([1, 1])
    expect(steady.frames.map(({ index, time, duration }) => [index, time, duration])).toEqual([
      [8, 0, 1],
      [8, 1, 1],
    ])
  })
})
