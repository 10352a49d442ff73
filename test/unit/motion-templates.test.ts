import { statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { filmTargets } from '../../src/engine/motion/film-targets.ts'
import { openingRatios } from '../../src/engine/motion/openings.ts'
import { seenLandmarks } from '../../src/engine/motion/seen-landmarks.ts'
import { readMotion } from '../../src/node/drivers/motion-file.ts'
import { type KnownShapeModel, loadShapeModel } from '../../src/node/models/shape-model.ts'
import { type TemplateName, templates } from '../../src/shared/driver.ts'

const pathOf = (name: TemplateName) => join('models', 'pack', 'motions', `${name}.npz`)
const corners = [48, 54] as const
const underNose = 33

/** A middling face that looks at the viewer. */
let still: Float64Array
let model: KnownShapeModel
beforeAll(async () => {
  model = await loadShapeModel()
  still = seenLandmarks(model.mean, [1, 0, 0, 0])
})

/** What the middling face does: 68 x (x, y) in each frame, fractions of its square. */
const targetsOf = async (name: TemplateName) =>
  filmTargets(model, still, await readMotion(pathOf(name), model))

/** How far corners of the mouth lie below the nose, and apart. */
function mouthOf(points: ArrayLike<number>) {
  const [left, right] = corners
  return {
    below: (points[2 * left + 1]! + points[2 * right + 1]!) / 2 - points[2 * underNose + 1]!,
    width: points[2 * right]! - points[2 * left]!,
  }
}

/** How far the eyes and the mouth are open, each by its widest. */
function openingsOf(points: ArrayLike<number>) {
  const [a, b, c, d, ...lips] = openingRatios(points) as [number, number, number, number, ...number[]]
  return { left: Math.max(a, b), right: Math.max(c, d), lips: Math.max(...lips) }
}

/** The root mean square distance of landmarks, in sides of the square. */
function stepBetween(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.sqrt(Array.from(a).reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / 68)
}

describe.each(templates)('the motion "%s" that comes with Mien', (name) => {
  test('is small, lasts three seconds, and ends where it begins', async () => {
    expect(statSync(pathOf(name)).size).toBeLessThan(10_000)
    const { times, timescale } = await readMotion(pathOf(name), model)
    expect([times.length, timescale, times.at(-1)]).toEqual([75, 25, 74])
    const frames = await targetsOf(name)
    const steps = frames.slice(1).map((points, i) => stepBetween(points, frames[i]!))
    expect(Math.max(...steps)).toBeGreaterThan(0.004)
    expect(stepBetween(frames.at(-1)!, frames[0]!)).toBeLessThan(Math.max(...steps))
  })
})

test('in the smile the corners of the mouth rise and go apart, and the lips stay shut', async () => {
  const frames = await targetsOf('smile')
  const [rest, smiling] = [frames[0]!, frames[35]!]
  // The eyes are a quarter of the square's side apart.
  expect(mouthOf(rest).below - mouthOf(smiling).below).toBeGreaterThan(0.015)
  expect(mouthOf(smiling).width / mouthOf(rest).width).toBeGreaterThan(1.2)
  expect(Math.max(...frames.map((points) => openingsOf(points).lips))).toBeLessThan(0.06)
})

test('in the wink one eye shuts, and then the mouth laughs', async () => {
  const frames = await targetsOf('wink')
  const winking = openingsOf(frames[14]!)
  expect(winking.right).toBeLessThan(0.03)
  expect(winking.left).toBeGreaterThan(0.3)
  expect(frames.filter((points) => openingsOf(points).left < 0.2)).toEqual([])
  const laughing = frames.slice(34, 58).map((points) => openingsOf(points).lips)
  expect(Math.min(...laughing)).toBeGreaterThan(0.045)
  expect(Math.max(...laughing)).toBeGreaterThan(0.15)
})

test('in speech the lips open and shut, and the eyes blink', async () => {
  const openings = (await targetsOf('speaking')).map(openingsOf)
  const lips = openings.map(({ lips }) => lips)
  const syllables = lips.filter(
    (open, i) => open > 0.15 && open >= lips.at(i - 1)! && open > (lips[i + 1] ?? 0),
  )
  expect(syllables.length).toBeGreaterThan(5)
  const shut = lips.filter((open, i) => open < 0.07 && lips.at(i - 1)! >= 0.07)
  expect(shut.length).toBeGreaterThan(4)
  expect(openings.filter(({ left, right }) => left < 0.05 && right < 0.05).length).toBeGreaterThan(1)
})
