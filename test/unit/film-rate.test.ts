import { describe, expect, test } from 'vitest'
import { wholeQuad } from '../../src/engine/likeness/portrait.ts'
import { atRate } from '../../src/node/runs/kinds/film/film-rate.ts'
import { filmFits } from '../../src/node/runs/kinds/film/film-room.ts'

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

test('a GIF or WebP is offered as large as has room for all frames, until there is none', async () => {
  const look = {
    picture: { name: 'look.png', sha256: '' },
    quad: wholeQuad(1024),
    points: Array<number>(136).fill(0),
  }
  const fits = (count: number, size?: number) =>
    filmFits(
      {
        painter: { kind: 'photograph', form: 'square', ...(size !== undefined && { size }) },
        ...{ look, beside: [], drawnSide: () => 0 },
      },
      {
        timescale: 1000,
        frames: Array.from({ length: count }, (_, index) => ({ index, time: 12 * index, duration: 12 })),
      },
    )
  expect(await fits(341, 512)).toEqual({ gif: 'asked', webp: 'asked' })
  // A GIF counts in hundredths of a second, and leaves out frames that come too close in it.
  expect(await fits(342, 512)).toEqual({ gif: 'asked', webp: 256 })
  expect(await fits(1365)).toEqual({ gif: 256, webp: 256 })
  expect(await fits(1366)).toEqual({ gif: 256, webp: 'none' })
  expect(await fits(3000, 256)).toEqual({ gif: 'none', webp: 'none' })
})
