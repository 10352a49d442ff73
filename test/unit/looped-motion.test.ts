import { describe, expect, test } from 'vitest'
import { loopedMotion, loopFades } from '../../src/engine/motion/looped-motion.ts'
import type { MotionFrame, TimedMotion } from '../../src/engine/motion/motion.ts'
import { partOfMotion } from '../../src/engine/motion/motion-part.ts'
import { rotationAbout } from '../../src/engine/motion/rotation.ts'
import { facingBearing } from './motion-samples.ts'

/** Somebody who drifts away over a film, so that its end is far from its beginning, and nods twice a second. */
function drifting(count: number, rate = 25): TimedMotion {
  const frames = Array.from({ length: count }, (_, i): MotionFrame => {
    const seconds = i / rate
    return {
      pose: { rotation: rotationAbout(0, 0.1 * seconds, 0), scale: 1 + 0.1 * seconds, x: 20 * seconds, y: 0 },
      expression: [Math.sin(4 * Math.PI * seconds), seconds],
      residual: [0, 0.1 * seconds],
    }
  })
  return {
    timescale: rate,
    times: frames.map((_, i) => i),
    segments: [{ start: 0, end: count }],
    motion: { identity: [1], residual: [2], bearing: facingBearing, frames },
  }
}

const loopOf = (film: TimedMotion) => loopedMotion(film, loopFades(film))

/** All numbers of a frame. */
const numbersOf = ({ pose, expression, residual }: MotionFrame) => [
  ...pose.rotation,
  ...[pose.scale, pose.x / 20, pose.y],
  ...Array.from(expression),
  ...Array.from(residual),
]

const apart = (a: MotionFrame, b: MotionFrame) => {
  const [left, right] = [numbersOf(a), numbersOf(b)]
  return Math.max(...left.map((value, i) => Math.abs(value - right[i]!)))
}

describe('a looped motion', () => {
  const film = drifting(100)
  const looped = loopOf(film)
  const { frames } = looped.motion

  test('ends where it begins, without a jump and at the same pace', () => {
    const inner = Math.max(
      ...film.motion.frames.slice(1).map((frame, i) => apart(frame, film.motion.frames[i]!)),
    )
    const steps = frames.map((frame, i) => apart(frame, frames[(i + 1) % frames.length]!))
    expect(apart(film.motion.frames[0]!, film.motion.frames[99]!)).toBeGreaterThan(3)
    // The fade has a second for what took the film three.
    expect(Math.max(...steps)).toBeLessThan(2 * inner)
    expect(steps.at(-1)).toBeLessThan(1.05 * inner)
  })

  test('has the frames of the film after those that its end becomes', () => {
    expect(looped.times).toEqual(film.times.slice(25))
    expect(looped.segments).toEqual([{ start: 0, end: 75 }])
    expect(frames.slice(0, 50)).toEqual(film.motion.frames.slice(25, 75))
  })

  test('gives up a third of a short film, and nothing of one that is too short', () => {
    expect([12, 3, 2, 1].map((count) => loopOf(drifting(count)).times.length)).toEqual([8, 2, 2, 1])
  })
})

test('a part of a motion keeps its times, and what of its segments lies within', () => {
  const film = {
    ...drifting(10),
    segments: [
      { start: 0, end: 3 },
      { start: 3, end: 6 },
      { start: 8, end: 10 },
    ],
  }
  const part = partOfMotion(film, 2, 8)
  expect(part.times).toEqual([2, 3, 4, 5, 6, 7])
  expect(part.segments).toEqual([
    { start: 0, end: 1 },
    { start: 1, end: 4 },
  ])
  expect(part.motion.frames).toEqual(film.motion.frames.slice(2, 8))
})
