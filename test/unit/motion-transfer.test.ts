import { describe, expect, test } from 'vitest'
import { heldOutFilms } from '../../models/evaluation/held-out-films.ts'
import { motionFigures } from '../../models/evaluation/motion-figures.ts'
import { landmarkGroups } from '../../src/engine/face/landmark-groups.ts'
import { ffhqQuad, meanPoint, pointsInQuad } from '../../src/engine/face/quad.ts'
import { innerDistance } from '../../src/engine/likeness/inner-landmarks.ts'
import { fitMotion } from '../../src/engine/motion/motion-fit.ts'
import { openingRatios, withOpenings } from '../../src/engine/motion/openings.ts'
import { seenLandmarks } from '../../src/engine/motion/seen-landmarks.ts'
import { shapeOf } from '../../src/engine/motion/shape-model.ts'
import { transferredPoints, usualTransfer } from '../../src/engine/motion/transfer.ts'
import { loadShapeModel } from '../../src/node/models/shape-model.ts'
import { drawnCoefficients, expectSame, photographed, turning } from './motion-samples.ts'

const model = await loadShapeModel()
const films = await heldOutFilms()
const { look, resting, driver } = films[1]!
const still = fitMotion(model, [look])
const motion = fitMotion(model, driver)

const aligned = (points: ArrayLike<number>) => pointsInQuad(points, ffhqQuad(points))
const transferred = (settings: Partial<typeof usualTransfer>, of = motion) =>
  transferredPoints(model, still, of, { ...usualTransfer, ...settings }).map(aligned)

describe('targets on drawn films, whose landmarks are 1.5 % of the eyes’ distance off', () => {
  // All six are `npm run eval:motion`.
  const figures = motionFigures(model, films.slice(0, 2), {
    ...{ look: 'look', noise: 0.015, mode: 'posed', window: 5 },
  })

  test('are where the look would be drawn', () => {
    expect(figures.inside).toBeLessThan(0.02)
    expect(figures.jaw).toBeLessThan(0.035)
  })

  test('tremble by less than a hundredth, and shut their eyes', () => {
    expect(figures.jitter).toBeLessThan(0.01)
    expect(Math.abs(figures.shut)).toBeLessThan(0.01)
  })
})

describe('a look that makes a driver’s movements', () => {
  test('stays as it is where it drives itself', () => {
    expectSame(transferred({ mode: 'posed' }, still)[0]!, aligned(look))
  })

  test('starts from its own bearing, however the driver holds head and eyes', () => {
    const [from, to] = [{ rotation: turning(3) }, { rotation: turning(14) }]
    const look = fitMotion(model, [photographed(model, from)])
    // Most of the time somebody looks aside; once to the front.
    const frames = Array.from({ length: 60 }, (_, i) => photographed(model, i === 59 ? from : to))
    const faces = transferredPoints(model, look, fitMotion(model, frames), usualTransfer).map(aligned)
    expect(innerDistance(faces[0]!, aligned(photographed(model, from)))).toBeLessThan(0.01)
    expect(innerDistance(faces[59]!, aligned(photographed(model, from)))).toBeGreaterThan(0.03)
  })

  test('gets the driver’s landmarks themselves where that is asked', () => {
    const faces = transferred({ mode: 'absolute' })
    for (const [i, points] of faces.entries()) expectSame(points, aligned(driver[i]!))
  })

  test('stays as it is with no strength at all', () => {
    for (const mode of ['own', 'posed', 'absolute'] as const) {
      const faces = transferred({ mode, pose: 0, expression: 0, follows: Array(9).fill(mode !== 'absolute') })
      for (const points of faces) expectSame(points, aligned(look))
    }
  })

  test('turns its head so far as it is asked to', () => {
    const turn = (points: ArrayLike<number>) => meanPoint(points, 30, 31)[0] - meanPoint(points, 36, 48)[0]
    const turned = fitMotion(model, [photographed(model, { rotation: turning(14) })])
    const straight = fitMotion(model, [photographed(model, {})])
    const turns = [0, 0.5, 1, 1.5].map((pose) =>
      turn(
        aligned(transferredPoints(model, straight, turned, { ...usualTransfer, mode: 'posed', pose })[0]!),
      ),
    )
    expect(turns[0]).toBeCloseTo(0, 2)
    expect(turns[1]! / turns[2]!).toBeCloseTo(0.5, 1)
    expect(turns[3]! / turns[2]!).toBeGreaterThan(1.3)
  })

  test('keeps groups that do not follow as they are, and only turns them', () => {
    const follows = landmarkGroups.map(({ name }) => name !== 'outer lip' && name !== 'inner lip')
    const [all, some, none] = [usualTransfer.follows, follows, Array(9).fill(false)].map(
      (one) => transferredPoints(model, still, motion, { ...usualTransfer, follows: one })[30]!,
    )
    expectSame(some!.subarray(0, 96), all!.subarray(0, 96))
    expectSame(some!.subarray(96), none!.subarray(96))
    expect(innerDistance(some!, all!)).toBeGreaterThan(0.01)
  })

  test('opens its eyes and lips as the driver does, by their width', () => {
    for (const [i, points] of transferred({ mode: 'posed' }).entries()) {
      expectSame(openingRatios(points), openingRatios(driver[i]!), 5)
    }
  })

  test('opens its eyes as far as they usually are where the driver’s are as usual, and shuts them with it', () => {
    const usual = openingRatios(resting).slice(0, 4)
    const rested = fitMotion(model, [resting])
    const lids = transferredPoints(model, rested, motion, usualTransfer).map((points) =>
      openingRatios(points).slice(0, 4),
    )
    const drives = driver.map((points) => openingRatios(points).slice(0, 4))
    const middle = (rows: readonly (readonly number[])[]) =>
      rows.map((row) => row[0]!).sort((a, b) => a - b)[rows.length >> 1]!
    expect(middle(lids) / usual[0]!).toBeGreaterThan(0.85)
    expect(middle(lids) / usual[0]!).toBeLessThan(1.3)
    drives.forEach((ratios, i) => {
      if (ratios[0]! < 0.02) expect(lids[i]![0]).toBeLessThan(0.03)
    })
  })

  test('shuts its eyes and no more where that is exaggerated', () => {
    const lids = transferred({ expression: 2 }).map((points) =>
      Math.min(...openingRatios(points).slice(0, 4)),
    )
    expect(Math.min(...lids)).toBeGreaterThan(-1e-6)
    expect(Math.min(...lids)).toBeLessThan(0.05)
  })

  test('opens each eye and its lips by strengths of their own, whatever its expression', () => {
    const all = { ...usualTransfer, mode: 'posed' } as const
    const opened = (settings: Partial<typeof usualTransfer>) =>
      transferredPoints(model, still, motion, { ...all, ...settings }).map(openingRatios)
    const [still0, whole] = [opened({ expression: 0 }), opened({})]
    // A wink of the right eye with lips that stay, in a face that does nothing else.
    for (const [i, ratios] of opened({ expression: 0, openings: [0, 1, null] }).entries()) {
      expectSame(ratios.slice(0, 2), still0[i]!.slice(0, 2))
      expectSame(ratios.slice(2, 4), whole[i]!.slice(2, 4))
      expectSame(ratios.slice(4), still0[i]!.slice(4))
    }
    for (const [i, ratios] of opened({ openings: [null, null, 0] }).entries()) {
      expectSame(ratios, [...whole[i]!.slice(0, 4), ...still0[i]!.slice(4)])
    }
    const half = opened({ openings: [1, 1, 0.5] })
    half.forEach((ratios, i) => {
      expect(ratios[5]!).toBeCloseTo((still0[i]![5]! + whole[i]![5]!) / 2, 6)
    })
    expect(Math.min(...opened({ openings: [2, 2, 2] }).flat())).toBeGreaterThan(
      Math.min(0, ...driver.flatMap((points) => openingRatios(points))) - 1e-6,
    )
  })

  test('keeps its lips as thick as they are where they open less than the driver’s', () => {
    const thickness = (points: ArrayLike<number>) => points[2 * 62 + 1]! - points[2 * 51 + 1]!
    const faces = (openings: (number | null)[]) =>
      transferredPoints(model, still, motion, { ...usualTransfer, pose: 0, openings })
    const shut = faces([null, null, 0])
    faces([null, null, 1]).forEach((points, i) => {
      expect(thickness(shut[i]!)).toBeCloseTo(thickness(points), 0)
    })
  })

  test('learns from the driver how deep faces are that the model does not know', () => {
    const person = (seed: number) => {
      const identity = drawnCoefficients(10, seed)
      return (frame: number) => {
        const expression = Float64Array.from({ length: 16 }, (_, k) => 0.7 * Math.sin(frame / (6 + k) + k))
        const shape = shapeOf(model, identity, expression)
        // Eyes that lie flat in the face.
        return shape.map((value, i) => (i % 3 === 2 && i >= 108 && i < 144 ? 0.3 * value : value))
      }
    }
    const [own, other] = [person(1), person(2)]
    const frames = Array.from({ length: 30 }, (_, i) => 2 * i)
    const flat = fitMotion(model, [seenLandmarks(own(0), turning(0))])
    const turns = fitMotion(
      model,
      frames.map((frame) => seenLandmarks(other(frame), turning(frame, 0.5))),
    )
    const error = (driving: typeof turns) =>
      Math.max(
        ...transferredPoints(model, flat, driving, { ...usualTransfer, mode: 'posed' }).map((points, i) =>
          innerDistance(aligned(points), aligned(seenLandmarks(own(frames[i]!), turning(frames[i]!, 0.5)))),
        ),
      )
    expect(error(turns)).toBeLessThan(0.6 * error({ ...turns, residual: new Float64Array(204) }))
  })
})

describe('openings', () => {
  test('are set without moving the middle or the corners', () => {
    const ratios = [0, 0, 0.4, 0.4, 0.1, 0.2, 0.1]
    const opened = withOpenings(look, ratios)
    expectSame(openingRatios(opened), ratios)
    expectSame(opened.subarray(72, 74), look.subarray(72, 74))
    expectSame(meanPoint(opened, 61, 68), meanPoint(look, 61, 68), 3)
  })
})
