import { describe, expect, test } from 'vitest'
import { mean } from '../../models/evaluation/figures.ts'
import { heldOutFilms } from '../../models/evaluation/held-out-films.ts'
import { eyesDistance, ffhqQuad } from '../../src/engine/face/quad.ts'
import { photographTargets, usualFilm } from '../../src/engine/motion/film-targets.ts'
import { fitMotion } from '../../src/engine/motion/motion-fit.ts'
import type { Segment } from '../../src/engine/motion/smoothing.ts'
import { trembling } from '../../src/engine/motion/trembling.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'

const { look, driver } = (await heldOutFilms())[1]!
const apart = eyesDistance(look)
const rounded = (values: ArrayLike<number>) => Array.from(values, (value) => Number(value.toFixed(6)))

/** The look's landmarks in so many frames, each moved to the right by so many eyes' distances. */
const moved = (ways: readonly number[]) =>
  ways.map((way) => look.map((value, i) => value + (i % 2 === 0 ? way * apart : 0)))
const whole = (frames: { length: number }): Segment[] => [{ start: 0, end: frames.length }]

describe('how far landmarks tremble', () => {
  test('is nothing where they move smoothly', () => {
    const frames = moved(Array.from({ length: 12 }, (_, i) => 0.001 * i ** 3 - 0.01 * i ** 2))
    expect(Math.max(...trembling(frames, whole(frames)))).toBeLessThan(1e-5)
  })

  test('is their mean way from the parabola through five frames, the ends as those beside them', () => {
    const frames = moved([0, 0, 0, 0, 0.35, 0, 0, 0, 0])
    const found = rounded(trembling(frames, whole(frames)))
    expect(found).toEqual([0.03, 0.03, 0.03, 0.12, 0.18, 0.12, 0.03, 0.03, 0.03])
    const mouth = frames.map((points) => points.map((value, i) => (i < 96 ? look[i]! : value)))
    expect(trembling(mouth, whole(mouth))[4]).toBeCloseTo((0.18 * 20) / 68, 5)
  })

  test('knows nothing of what lies beyond a cut, and is nothing where little hangs together', () => {
    const frames = moved([0, 0, 0, 0, 0, 0.5, 0.2, 0.5, 1, 1, 1, 1, 1])
    const segments = [
      { start: 0, end: 5 },
      { start: 5, end: 8 },
      { start: 8, end: 13 },
    ]
    expect(Math.max(...trembling(frames, segments))).toBeLessThan(1e-6)
  })

  test('is less where a film is smoothed, and a slip stands out', async () => {
    const model = await loadShapeModel()
    const random = new MersenneTwister(3)
    const noisy = driver.map((points) => {
      const draws = random.normals(points.length)
      return points.map((value, i) => value + 0.01 * eyesDistance(points) * draws[i]!)
    })
    const slip = 30
    noisy[slip] = noisy[slip]!.map((value, i) => (i < 96 ? value : value + 0.15 * apart))
    const film = {
      timescale: 25,
      times: driver.map((_, i) => i),
      segments: whole(driver),
      motion: fitMotion(model, noisy),
    }
    const at = (smoothing: number) => {
      const photograph = { points: look, quad: ffhqQuad(look) }
      return trembling(photographTargets(model, photograph, film, { ...usualFilm, smoothing }), film.segments)
    }
    const [own, smoothed] = [at(1), at(5)]
    expect(mean([...smoothed])).toBeLessThan(0.75 * mean([...own]))
    expect(smoothed.indexOf(Math.max(...smoothed))).toBe(slip)
  })
})
