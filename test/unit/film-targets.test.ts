import { describe, expect, test } from 'vitest'
import { heldOutFilms } from '../../models/evaluation/held-out-films.ts'
import { ffhqQuad, pointsInQuad, quadFrom, sideOf } from '../../src/engine/face/quad.ts'
import {
  fadedFrames,
  filmFrames,
  filmTargets,
  photographTargets,
  usualFilm,
} from '../../src/engine/motion/film-targets.ts'
import { frameRate } from '../../src/engine/motion/frame-rate.ts'
import type { TimedMotion } from '../../src/engine/motion/motion.ts'
import { fitMotion } from '../../src/engine/motion/motion-fit.ts'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'
import { expectSame } from './motion-samples.ts'

const model = await loadShapeModel()
const { look, driver } = (await heldOutFilms())[1]!

function timed(frames: readonly ArrayLike<number>[]): TimedMotion {
  const times = frames.map((_, i) => 1001 * i)
  return {
    timescale: 30_000,
    times,
    segments: [{ start: 0, end: frames.length }],
    motion: fitMotion(model, frames),
  }
}

describe('the targets of a film', () => {
  test('are the look’s own landmarks where nothing of the driver is taken', () => {
    const still = { ...usualFilm, pose: 0, expression: 0 }
    for (const points of filmTargets(model, look, timed(driver.slice(0, 9)), still)) {
      expectSame(points, pointsInQuad(look, ffhqQuad(look)), 5)
    }
  })

  test('are one where the driver is a still', () => {
    const [target, ...more] = filmTargets(model, look, timed(driver.slice(0, 1)))
    expect(more).toEqual([])
    expect(sideOf(ffhqQuad(target!))).toBeCloseTo(1, 6)
  })

  test('of a frame that fades go from those of one frame to those of another, and so does its view', () => {
    const [film, settings] = [timed(driver), { ...usualFilm, head: 'moving' as const }]
    const { targets, views } = filmFrames(model, look, film, settings)
    const [from, to] = [5, 50]
    const fades = [0, 0.5, 1].map((part) => ({ from, to, part }))
    const [begun, half, over] = fadedFrames(model, look, film, settings, fades)
    expectSame(begun!.target, targets[from]!.points, 5)
    expectSame(over!.target, targets[to]!.points, 5)
    expectSame(over!.view!.flat(), views![to]!.flat(), 5)
    const apart = (target: Float32Array, frame: number) =>
      Math.hypot(...target.map((value, i) => value - targets[frame]!.points[i]!))
    const whole = apart(over!.target, from)
    expect(apart(half!.target, from)).toBeLessThan(0.8 * whole)
    expect(apart(half!.target, to)).toBeLessThan(0.8 * whole)
  })

  test('lie in a square that does not breathe with the mouth', () => {
    const sides = filmTargets(model, look, timed(driver)).map((points) => sideOf(ffhqQuad(points)))
    const changes = sides.slice(1).map((side, i) => Math.abs(side - sides[i]!))
    expect(Math.max(...sides.map((side) => Math.abs(side - 1)))).toBeLessThan(0.1)
    expect(Math.max(...changes)).toBeGreaterThan(0.001)
  })
})

describe('the targets of a photograph’s film', () => {
  const quad = ffhqQuad(look)

  test('are the look’s own landmarks where nothing of the driver is taken, whatever its square', () => {
    const still = { ...usualFilm, pose: 0, expression: 0 }
    const moved = quadFrom(quad.flat().map((value) => 1.1 * value + 7))
    for (const points of photographTargets(
      model,
      { points: look, quad: moved },
      timed(driver.slice(0, 9)),
      still,
    )) {
      expectSame(points, pointsInQuad(look, moved), 5)
    }
  })

  test('turn the head about its middle: the face moves to where it looks, and the head’s outline stays', () => {
    const targets = photographTargets(model, { points: look, quad }, timed(driver), {
      ...usualFilm,
      expression: 0,
    })
    const acrossOf = (points: ArrayLike<number>, landmark: number) => points[2 * landmark]!
    const span = (landmark: number) => {
      const all = targets.map((points) => acrossOf(points, landmark))
      return Math.max(...all) - Math.min(...all)
    }
    expect(span(30)).toBeGreaterThan(0.05)
    expect(span(1) + span(15)).toBeLessThan(span(30))
  })
})

test('the frame rate is that of most frames, and a still has none', () => {
  expect(frameRate({ timescale: 30_000, times: [0, 1001, 2002, 9009, 10_010] })).toBeCloseTo(29.97, 3)
  expect(frameRate({ timescale: 30_000, times: [5] })).toBeUndefined()
})
