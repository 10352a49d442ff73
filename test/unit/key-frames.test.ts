import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { heldOutFilms } from '../../models/evaluation/held-out-films.ts'
import { ffhqQuad } from '../../src/engine/face/quad.ts'
import {
  filmTargets,
  photographTarget,
  photographTargets,
  usualFilm,
} from '../../src/engine/motion/film-targets.ts'
import {
  draggedAt,
  type KeyFrame,
  keyedMotion,
  wayInFace,
  withDragged,
} from '../../src/engine/motion/key-frames.ts'
import { loopedMotion, loopFades } from '../../src/engine/motion/looped-motion.ts'
import type { TimedMotion } from '../../src/engine/motion/motion.ts'
import { fitMotion } from '../../src/engine/motion/motion-fit.ts'
import { openingRatios } from '../../src/engine/motion/openings.ts'
import { smoothedMotion } from '../../src/engine/motion/smoothed-motion.ts'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'
import { filmPlan } from '../../src/node/runs/kinds/film/film-plan.ts'
import { withoutPoints, withPoint } from '../../src/renderer/views/workspace/film/dragged-points.ts'
import { filmSettings, usualFilmSettings } from '../../src/shared/film-settings.ts'
import { expectSame } from './motion-samples.ts'

const model = await loadShapeModel()
const { look, driver } = (await heldOutFilms())[1]!
const quad = ffhqQuad(look)
const rate = 20
const film: TimedMotion = {
  timescale: rate,
  times: driver.map((_, i) => i),
  segments: [{ start: 0, end: driver.length }],
  motion: fitMotion(model, driver),
}
const photograph = { points: look, quad }
const undragged = photographTargets(model, photograph, film)
const targetsWith = (keys: readonly KeyFrame[]) =>
  photographTargets(model, photograph, keyedMotion(film, keys))

/** The corner of the mouth, drawn up and out by so much of the square at a frame. */
const corner = 54
const way = [0.03, -0.02] as const
function keyAt(frame: number, index = corner): KeyFrame {
  const motion = smoothedMotion(film.motion, film.segments, usualFilm.smoothing)
  const { axes } = photographTarget(model, photograph, { ...film, motion }, usualFilm)(frame)
  const [x, y, z] = wayInFace(axes, ...way)
  return { frame, points: [{ index, x, y, z }] }
}

/** How far a landmark goes with key frames, frame by frame. */
function waysOf(keys: readonly KeyFrame[], index = corner): readonly (readonly [number, number])[] {
  return targetsWith(keys).map((points, i) => [
    points[2 * index]! - undragged[i]![2 * index]!,
    points[2 * index + 1]! - undragged[i]![2 * index + 1]!,
  ])
}
const lengthsOf = (keys: readonly KeyFrame[]) => waysOf(keys).map(([x, y]) => Math.hypot(x, y))

describe('a landmark that is dragged at a frame', () => {
  const key = keyAt(30)

  test('is there in that frame, and no other one moves', () => {
    const target = targetsWith([key])[30]!
    const expected = undragged[30]!.slice()
    expected[2 * corner]! += way[0]
    expected[2 * corner + 1]! += way[1]
    expectSame(target, expected)
  })

  test('goes there and back within half a second, smoothly, and every frame beyond is the same to the bit', () => {
    const targets = targetsWith([key])
    const lengths = lengthsOf([key])
    targets.forEach((points, i) => {
      if (Math.abs(i - 30) >= rate / 2) expect(points, `frame ${i}`).toEqual(undragged[i])
      else expect(points, `frame ${i}`).not.toEqual(undragged[i])
    })
    const steps = lengths.slice(1).map((length, i) => Math.abs(length - lengths[i]!))
    // A cubic of ten frames rises by 15 % at most.
    expect(Math.max(...steps)).toBeLessThan(0.17 * Math.hypot(...way))
    expect(steps[30]).toBeLessThan(0.04 * Math.hypot(...way))
  })

  test('turns with the head, and is as large as the head', () => {
    const { axes } = photographTarget(model, photograph, film, usualFilm)(0)
    const held = wayInFace(axes, ...way)
    const dragged = new Float64Array(204)
    dragged.set(held, 3 * corner)
    const points = new Float32Array(136).map((_, i) => (i * 37) % 19)
    const at = (of: ArrayLike<number>) => {
      const moved = withDragged(points, of, dragged)
      return [moved[2 * corner]! - points[2 * corner]!, moved[2 * corner + 1]! - points[2 * corner + 1]!]
    }
    // By a quarter in the picture, and twice as large.
    const rolled = Float32Array.from(
      [0, 1, 2].flatMap((axis) => [-2 * axes[2 * axis + 1]!, 2 * axes[2 * axis]!]),
    )
    expectSame(at(axes), way, 5)
    expectSame(at(rolled), [-2 * way[1], 2 * way[0]], 5)
    // To the side, where a way across the face is seen shortened.
    const front = Float32Array.from([0.01, 0, 0, 0.01, 0, 0])
    const side = Float32Array.from([0.01 * Math.cos(1), 0, 0, 0.01, 0.01 * Math.sin(1), 0])
    dragged.set(wayInFace(front, 0.05, 0), 3 * corner)
    expectSame(at(side), [0.05 * Math.cos(1), 0], 5)
  })

  test('goes from one key frame to the next where their reaches meet, and else back between them', () => {
    const near = lengthsOf([key, keyAt(44)])
    expect(Math.min(...near.slice(30, 45))).toBeGreaterThan(0.7 * Math.hypot(...way))
    expect(lengthsOf([keyAt(8), key])[19]).toBe(0)
    const cornerAndBrow = targetsWith([key, keyAt(44, 19)])
    // Another landmark has key frames of its own.
    expect(cornerAndBrow[42]!.slice(2 * corner, 2 * corner + 2)).toEqual(
      undragged[42]!.slice(2 * corner, 2 * corner + 2),
    )
  })

  test('reaches across no cut', () => {
    const segments = [
      { start: 0, end: 33 },
      { start: 33, end: film.times.length },
    ]
    expect(draggedAt({ ...film, segments }, [key], 32)).toBeDefined()
    expect(draggedAt({ ...film, segments }, [key], 33)).toBeUndefined()
    expect(draggedAt(film, [key], 33)).toBeDefined()
  })

  test('moves no other frame of a film that is drawn, whose squares follow the face', () => {
    const before = filmTargets(model, look, film)
    const keyed = filmTargets(model, look, keyedMotion(film, [keyAt(30, 36)]))
    before.forEach((points, i) => {
      if (Math.abs(i - 30) >= rate / 2) expect(keyed[i]).toEqual(points)
    })
    expect(keyed[30]).not.toEqual(before[30])
  })

  test('stays in its frame of the driver in a film of a part of it', () => {
    const planned = (keyFrames: readonly KeyFrame[]) =>
      filmPlan(
        model,
        {
          ...{
            look: photograph as never,
            loop: false,
            way: 'photograph',
            driver: { path: '-', face: 1, range: [1, 2.5] },
          },
          settings: v.parse(filmSettings, { ...usualFilmSettings, smoothing: 1, keyFrames }),
        },
        { motion: film, facts: { timescale: rate, end: driver.length } as never },
      ).frames
    const before = planned([])
    const moved = planned([key]).filter(
      ({ target }, i) => target[2 * corner] !== before[i]!.target[2 * corner],
    )
    expect(moved.map(({ index }) => index)).toEqual(Array.from({ length: 19 }, (_, i) => 21 + i))
  })

  test('fades with the end of a film that is looped into its beginning', () => {
    const fades = loopFades(film)
    const looped = loopedMotion(keyedMotion(film, [keyAt(19)]), fades)
    const [last, first] = [looped.motion.frames.at(-1)!, looped.motion.frames[0]!]
    const whole = keyAt(19).points[0]!.x
    expect(fades).toHaveLength(20)
    expect(last.dragged![3 * corner]! / whole).toBeGreaterThan(0.98)
    expect(first.dragged![3 * corner]! / whole).toBeGreaterThan(0.95)
  })

  test('shuts lips and no more', () => {
    const target = photographTarget(model, photograph, film, usualFilm)(0)
    const dragged = new Float64Array(204)
    dragged[3 * 37 + 1] = 40
    expect(Math.min(...openingRatios(withDragged(target.points, target.axes, dragged)))).toBeGreaterThan(
      -1e-5,
    )
  })
})

test('key frames stay in order, hold a point once, and go with their last one', () => {
  const axes = Float32Array.from([0.01, 0, 0, 0.01, 0, 0])
  const one = withPoint([], 9, 4, axes, [0.1, 0])
  const two = withPoint(withPoint(one, 3, 4, axes, [0, 0.1]), 9, 4, axes, [0.2, 0])
  expect(two).toEqual([
    { frame: 3, points: [{ index: 4, x: 0, y: 10, z: 0 }] },
    { frame: 9, points: [{ index: 4, x: 20, y: 0, z: 0 }] },
  ])
  expect(v.parse(filmSettings, { ...usualFilmSettings, keyFrames: two }).keyFrames).toEqual(two)
  expect(v.is(filmSettings, { ...usualFilmSettings, keyFrames: two.toReversed() })).toBe(false)
  expect(withoutPoints(two, 9, [4, 5])).toEqual(two.slice(0, 1))
})
