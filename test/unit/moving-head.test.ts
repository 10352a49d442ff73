import { expect, test } from 'vitest'
import { seenSquare } from '../../src/engine/animation/seen-square.ts'
import { ffhqQuad, meanPoint, pointsInQuad, quadFrom, sideOf } from '../../src/engine/face/quad.ts'
import {
  filmFrames,
  filmTargets,
  photographTargets,
  usualFilm,
} from '../../src/engine/motion/film-targets.ts'
import type { TimedMotion } from '../../src/engine/motion/motion.ts'
import { fitMotion } from '../../src/engine/motion/motion-fit.ts'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'
import { photographed } from './motion-samples.ts'

const model = await loadShapeModel()
const look = photographed(model, {})
const quad = ffhqQuad(look)
const count = 40

/** Somebody who goes to the right and back, so many pixels of 3 a unit; cut where that is said. */
function walking(pixels: number, cut?: number): TimedMotion {
  const frames = Array.from({ length: count }, (_, i) => {
    const right = pixels * Math.sin((2 * Math.PI * i) / count) + (cut !== undefined && i >= cut ? 400 : 0)
    return look.map((value, k) => value + (k % 2 === 0 ? right : 0))
  })
  const ends = cut === undefined ? [count] : [cut, count]
  return {
    ...{ timescale: 20, times: frames.map((_, i) => i), motion: fitMotion(model, frames) },
    segments: ends.map((end, i) => ({ start: ends[i - 1] ?? 0, end })),
  }
}

const moving = { ...usualFilm, head: 'moving' } as const
const photograph = { points: look, quad }
const noseOf = (points: ArrayLike<number>) => meanPoint(points, 27, 36)[0]

/** How far the nose of a photograph is moved by its driver's walk, frame by frame, in units of the model. */
function shiftsOf(film: TimedMotion, settings: typeof usualFilm = moving): readonly number[] {
  const still = photographTargets(model, photograph, film)
  return photographTargets(model, photograph, film, settings).map(
    (points, i) => ((noseOf(points) - noseOf(still[i]!)) * sideOf(quad)) / 3,
  )
}

test('the head of a photograph goes to and fro as the driver’s, as far as its pose', () => {
  const shifts = shiftsOf(walking(24))
  expect(shifts[10]).toBeCloseTo(8, 0)
  expect(shifts[30]).toBeCloseTo(-8, 0)
  expect(shiftsOf(walking(24), { ...moving, pose: 0.5 })[10]).toBeCloseTo(4, 0)
  const resting = photographTargets(model, photograph, walking(24), { ...moving, pose: 0, expression: 0 })
  expect(noseOf(resting[10]!)).toBeCloseTo(noseOf(pointsInQuad(look, quad)), 5)
})

test('it goes no further than a photograph can follow, and starts anew after a cut', () => {
  const far = shiftsOf(walking(240))
  expect(Math.max(...far.map(Math.abs))).toBeLessThan(12.1)
  expect(far[5]! / far[10]!).toBeCloseTo(Math.SQRT1_2, 1)
  const cut = shiftsOf(walking(0, 20))
  expect(Math.max(...cut.map(Math.abs))).toBeLessThan(1)
})

test('the head of a drawing is put back to where it is in the driver, and its targets stay the same', () => {
  const film = walking(30)
  const targets = filmTargets(model, look, film, moving)
  expect(targets).toEqual(filmTargets(model, look, film))
  const views = filmFrames(model, look, film, moving).views!
  const eyes = targets.map((points, i) => meanPoint(pointsInQuad(points, views[i]!), 36, 48)[0])
  // 10 units of the model, to both sides.
  const units = (sideOf(quad) / 3) * (Math.max(...eyes) - Math.min(...eyes))
  expect(units).toBeGreaterThan(18)
  expect(units).toBeLessThan(22)
  const still = filmFrames(model, look, walking(0), { ...moving, pose: 0 }).views!
  for (const view of still) expect(sideOf(view)).toBeCloseTo(1, 1)
})

test('a square is seen in another one, and goes on as its edges are', () => {
  const side = 16
  const data = Uint8Array.from({ length: 3 * side * side }, (_, i) => 10 * (Math.floor(i / 3) % side))
  const image = { width: side, height: side, data }
  const whole = quadFrom([0, 0, 0, 1, 1, 1, 1, 0])
  expect(seenSquare(image, whole)).toEqual(image)
  const right = seenSquare(image, quadFrom([0.25, 0, 0.25, 1, 1.25, 1, 1.25, 0]))
  expect([0, 1, 11, 12, 15].map((column) => right.data[3 * column])).toEqual([40, 50, 150, 151, 151])
})
