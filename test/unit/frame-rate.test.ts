import { describe, expect, test } from 'vitest'
import { frameRateOf, resampledFrames } from '../../src/shared/frame-rate.ts'

test.each([
  [25, 25, 1],
  [60, 60, 1],
  [29.97, 30_000, 1001],
  [30_000 / 1001, 30_000, 1001],
  [23.976, 24_000, 1001],
  [23.98, 24_000, 1001],
  [59.94, 60_000, 1001],
  [12.5, 12_500, 1000],
  [29.5, 29_500, 1000],
])('%f frames a second', (framesPerSecond, timescale, ticks) => {
  expect(frameRateOf(framesPerSecond)).toEqual({ timescale, ticks })
})

describe('another rate', () => {
  const steady = (count: number, ticks: number, timescale: number, start = 0) => ({
    ...{ timescale, times: Array.from({ length: count }, (_, i) => start + i * ticks) },
    duration: start + count * ticks,
  })
  const counted = (count: number) => Array.from({ length: count }, (_, i) => i)

  test.each([
    [30_000, 1001],
    [90_000, 3003],
    [1000, 33],
    [25, 1],
  ])('than its own leaves a clip as it is, with %i ticks and a frame every %i', (timescale, ticks) => {
    const clip = steady(500, ticks, timescale, 7 * ticks)
    expect(resampledFrames(clip, { timescale, ticks })).toEqual(counted(500))
  })

  test('twice as high shows every frame twice, half as high every second', () => {
    const clip = steady(100, 1, 25, 3)
    expect(resampledFrames(clip, frameRateOf(50))).toEqual(counted(200).map((i) => i >> 1))
    expect(resampledFrames(clip, frameRateOf(12.5))).toEqual(counted(50).map((i) => 2 * i + 1))
  })

  test('of 29.97 from 30 is as long, and repeats or leaves out none in half a minute', () => {
    const shown = resampledFrames(steady(900, 1, 30), frameRateOf(29.97))
    expect(shown.length).toBe(899)
    expect(shown.slice(0, 400)).toEqual(counted(400))
  })

  test('shows uneven frames as long as they are to be seen', () => {
    const clip = { timescale: 1000, times: [100, 140, 400, 900], duration: 1100 }
    expect(resampledFrames(clip, frameRateOf(10))).toEqual([1, 1, 1, 2, 2, 2, 2, 2, 3, 3])
  })

  test('so low that a frame is longer than the clip shows one', () => {
    expect(resampledFrames(steady(3, 1, 30), frameRateOf(1))).toEqual([2])
  })
})
