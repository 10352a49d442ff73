import { describe, expect, test } from 'vitest'
import { drawnHeatMaps } from '../../src/engine/face/drawn-heat-maps.ts'
import { type Change, parseRecordedChange, picturesOf } from '../../src/engine/projection/changes.ts'
import {
  courseOf,
  courseRates,
  lastStep,
  settlingAfter,
  settlingBy,
} from '../../src/engine/projection/course.ts'
import { ratesAt } from '../../src/engine/projection/schedule.ts'
import { referenceSettings, type TermWeights } from '../../src/engine/projection/settings.ts'
import { settlingSteps } from '../../src/engine/projection/settling.ts'
import { joinGroups, withDraggedPoints } from '../../src/engine/projection/targets.ts'
import { floatTensor } from '../../src/engine/tensor.ts'

const live = { ...referenceSettings, steps: 100, live: true }
const at = (step: number, change: Change) => ({ step, change })
const rates = (step: number, ...changes: Parameters<typeof courseOf>[1]) =>
  courseRates(courseOf(live, changes), { step })

describe('a live run', () => {
  test('holds the plateau without jitter for as long as nobody asks it to finish', () => {
    const course = courseOf(live, [])
    expect(lastStep(course)).toBe(Number.POSITIVE_INFINITY)
    for (const step of [75, 76, 1000, 1e6]) expect(rates(step)).toEqual({ learningRate: 0.1, jitter: 0 })
  })

  test('begins at the pace of the reference, with its jitter only where its end follows the schedule', () => {
    const asScheduled = at(0, { kind: 'finish', after: 75 })
    const settles = at(0, { kind: 'settle', after: 75 })
    for (const step of [0, 1, 4, 5, 40, 74]) {
      const reference = ratesAt(step / 100)
      expect(rates(step)).toEqual({ ...reference, jitter: 0 })
      expect(rates(step, settles)).toEqual({ ...reference, jitter: 0 })
      expect(rates(step, asScheduled)).toEqual(reference)
    }
  })

  test('ramps down as the reference does, from any step', () => {
    for (const from of [10, 75, 5000]) {
      const finish = at(from, { kind: 'finish', after: 0 })
      expect(lastStep(courseOf(live, [finish]))).toBe(from + 25)
      for (let step = 0; step < 25; step++) {
        const { learningRate, jitter } = rates(from + step, finish)
        expect(learningRate).toBeCloseTo(ratesAt((75 + step) / 100).learningRate, 12)
        expect(jitter).toBe(0)
      }
    }
  })

  describe('that settles', () => {
    const long = { ...live, steps: 1000 }
    const settle = at(500, { kind: 'settle', after: 0 })
    const course = courseOf(long, [settle])
    /** The losses of a search as it settles, and how many steps that took. */
    function settled(lossAt: (step: number) => number) {
      const rates: number[] = []
      let settling: ReturnType<typeof settlingBy>
      let step = 500
      for (; step < lastStep(course, settling); step++) {
        rates.push(courseRates(course, { step }, settling).learningRate)
        settling = settlingBy(course, step, lossAt(step - 500), settling)
      }
      return { rates, steps: step - 500 }
    }

    test('is over after sixty steps where its loss has settled', () => {
      const { rates, steps } = settled(() => 2)
      expect(steps).toBe(60)
      expect(rates[0]).toBe(0.1)
      expect(new Set(rates.slice(20, 40).map((rate) => rate.toFixed(12))).size).toBe(1)
      expect(rates[20]).toBeCloseTo(0.05, 6)
      expect(rates.at(-1)).toBeLessThan(0.001)
      for (let i = 1; i < rates.length; i++) expect(rates[i]).toBeLessThanOrEqual(rates[i - 1]!)
    })

    test('rests for as long as the loss falls, and at most for so long', () => {
      expect(settled((step) => 2 * 0.999 ** Math.min(step, 100)).steps).toBeGreaterThan(100)
      expect(settled((step) => 2 * 0.99 ** step).steps).toBe(settlingSteps(1000).most)
    })

    test('rests anew after another change, and ends as before where its ramp is short', () => {
      const rest = settlingBy(course, 530, 2, undefined)
      expect(rest?.losses).toEqual([2])
      const weights = { perceptual: 1, landmark: 1, noiseReg: 1 }
      expect(settlingAfter({ kind: 'weights', weights }, rest)).toEqual({ losses: [] })
      expect(settlingAfter({ kind: 'hold' }, rest)).toBeUndefined()
      const [short, finish] = (['settle', 'finish'] as const).map((kind) =>
        courseOf(live, [at(500, { kind, after: 0 })]),
      )
      for (let step = 495; step < 525; step++)
        expect(courseRates(short!, { step })).toEqual(courseRates(finish!, { step }))
      expect(lastStep(short!)).toBe(lastStep(finish!))
    })
  })

  test('makes so many more steps, or holds again', () => {
    const more = at(200, { kind: 'finish', after: 30 })
    expect(rates(229, more).learningRate).toBe(0.1)
    expect(rates(231, more).learningRate).toBeLessThan(0.1)
    expect(lastStep(courseOf(live, [more]))).toBe(255)
    expect(lastStep(courseOf(live, [more, at(240, { kind: 'hold' })]))).toBe(Number.POSITIVE_INFINITY)
  })

  test('takes weights, terms and targets as they were last asked for', () => {
    const weights = { perceptual: 0, landmark: 1, noiseReg: 2 }
    const [a, b] = ['a'.repeat(64), 'b'.repeat(64)]
    const changes = [
      at(1, { kind: 'weights', weights }),
      at(2, { kind: 'look', picture: a }),
      at(3, { kind: 'landmarks', picture: b, groups: [7, 8] }),
      at(4, { kind: 'landmarks', picture: a, groups: [8] }),
    ]
    const course = courseOf(live, changes)
    expect(course).toMatchObject({ weights, look: a, groupWeights: live.groupWeights })
    expect(course.landmarks).toEqual([...Array(7).fill(undefined), b, a])
    expect(picturesOf(changes)).toEqual(new Set([a, b]))
  })

  test('keeps the terms that it began with: a prior comes to no run that has none, and leaves none that has', () => {
    const [without, withOne] = [referenceSettings.weights, { ...referenceSettings.weights, prior: 3 }]
    const after = (before: TermWeights, weights: TermWeights) =>
      courseOf({ ...live, weights: before }, [at(1, { kind: 'weights', weights })]).weights.prior
    expect(after(without, withOne)).toBeUndefined()
    expect(after(withOne, without)).toBe(3)
    expect(after(withOne, { ...without, prior: 0 })).toBe(0)
  })
})

test('a dragged point stays until it, or the landmarks of the group that decides about it, are changed', () => {
  const drag = at(1, {
    kind: 'points',
    points: [30, 48, 59].map((index) => ({ index, x: 0.25, y: 1 })),
  })
  const dragged = (...changes: Change[]) =>
    courseOf(live, [drag, ...changes.map((change) => at(2, change))]).points.flatMap((place, index) =>
      place === undefined ? [] : [[index, place.x]],
    )
  const picture = 'a'.repeat(64)
  const all = [30, 48, 59].map((index) => [index, 0.25])
  expect(dragged()).toEqual(all)
  // Point 30 lies in the groups 3 and 4, of which 4 decides.
  expect(dragged({ kind: 'look', picture }, { kind: 'landmarks', picture, groups: [3] })).toEqual(all)
  expect(dragged({ kind: 'landmarks', picture, groups: [4, 7] })).toEqual([])
  expect(dragged({ kind: 'points', points: [{ index: 48 }, { index: 59, x: 0.5, y: 0 }] })).toEqual([
    [30, 0.25],
    [59, 0.5],
  ])
})

test('a run that is not live keeps the schedule of the reference', () => {
  const course = courseOf({ ...referenceSettings, steps: 40 }, [])
  expect(lastStep(course)).toBe(40)
  for (let step = 0; step < 40; step++) expect(courseRates(course, { step })).toEqual(ratesAt(step / 40))
})

test.each([
  null,
  {},
  { step: -1, change: { kind: 'hold' } },
  { step: 1, change: { kind: 'other' } },
  { step: 1.5, change: { kind: 'hold' } },
  { step: 1, change: { kind: 'look', picture: '../x' } },
  { step: 1, change: { kind: 'landmarks', picture: 'a'.repeat(64), groups: [9] } },
  { step: 1, change: { kind: 'weights', weights: { perceptual: 1, landmark: null, noiseReg: 1 } } },
  { step: 1, change: { kind: 'weights', weights: { perceptual: 1, landmark: 1, noiseReg: 1, prior: -1 } } },
  { step: 1, change: { kind: 'group-weights', groupWeights: [1, 2] } },
  { step: 1, change: { kind: 'finish', after: -2 } },
  { step: 1, change: { kind: 'points' } },
  ...[
    [],
    [null],
    [{ index: 68, x: 0, y: 0 }],
    [{ index: -1 }],
    [{ index: 1.5 }],
    [{ index: '3' }],
    [{ index: 3, x: 0.5 }],
    [{ index: 3, x: null, y: null }],
    [{ index: 3, x: 1.01, y: 0.5 }],
    [{ index: 3, x: 0.5, y: -0.01 }],
    [{ index: 3, x: '0', y: 0 }],
    [{ index: 3 }, { index: 3, x: 0, y: 0 }],
    { length: 1, 0: { index: 3 } },
    Array.from({ length: 69 }, (_, index) => ({ index })),
  ].map((points) => ({ step: 1, change: { kind: 'points', points } })),
])('%j is no change', (value) => {
  expect(parseRecordedChange(value)).toBeUndefined()
})

test('heat maps join by groups; of point 30 the later group decides', () => {
  const maps = (value: number) => floatTensor([1, 68, 2, 2], new Float32Array(68 * 4).fill(value))
  const joined = joinGroups([0, 1, 2, 3, 4, 5, 6, 7, 8].map(maps))
  const point = (index: number) => joined.data[index * 4]
  expect([0, 16, 17, 29, 30, 35, 36, 67].map(point)).toEqual([0, 0, 1, 3, 4, 4, 5, 8])
})

test('dragged points come back from a file as they were, without what does not belong', () => {
  const points = [{ index: 0, x: 0, y: 1 }, { index: 67, x: 0.1, y: 1 / 3 }, { index: 5 }]
  const text = JSON.stringify(at(3, { kind: 'points', points }))
  expect(parseRecordedChange(JSON.parse(text))).toEqual(at(3, { kind: 'points', points }))
  const extra = { step: 3, change: { kind: 'points', points: [{ index: 5, z: 1 }], more: 1 } }
  expect(parseRecordedChange(extra)).toEqual(at(3, { kind: 'points', points: [{ index: 5 }] }))
})

test('heat maps of dragged points are drawn, the others stay as they are', () => {
  const seen = floatTensor([1, 68, 64, 64], new Float32Array(68 * 4096).fill(7))
  const change: Change = { kind: 'points', points: [{ index: 48, x: 0.25, y: 0.75 }] }
  const { points } = courseOf(live, [at(1, change)])
  const { data } = withDraggedPoints(seen, points, 1.75)
  expect(data.subarray(48 * 4096, 49 * 4096)).toEqual(drawnHeatMaps([0.25, 0.75], 1.75).data)
  expect(data.filter((value) => value === 7)).toHaveLength(67 * 4096)
  expect(seen.data.every((value) => value === 7)).toBe(true)
  expect(withDraggedPoints(seen, courseOf(live, []).points, 1.75).data).toEqual(seen.data)
})
