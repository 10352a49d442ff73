import { expect, test } from 'vitest'
import { termTable } from '../../src/engine/projection/terms.ts'
import { parsedWeight, weightText } from '../../src/renderer/components/weight-text.ts'
import {
  groupScale,
  positionOf,
  slideStep,
  weightAt,
  weightBeside,
  weightSlid,
} from '../../src/renderer/views/workspace/face-map/weight-scale.ts'
import {
  isInView,
  panned,
  placeInSquare,
  showing,
  wholeSquare,
  zoomedAt,
  zoomedTo,
} from '../../src/renderer/views/workspace/pictures/pan-zoom.ts'
import { finishAdvice } from '../../src/renderer/views/workspace/run/finish-advice.ts'
import { lossSeries } from '../../src/renderer/views/workspace/run/loss-series.ts'
import { changesBetween } from '../../src/renderer/views/workspace/steering.ts'
import { inOrder, secondsLeft } from '../../src/renderer/views/workspace/variations/batch-order.ts'
import {
  pictureVariations,
  seedVariations,
  sweepVariations,
} from '../../src/renderer/views/workspace/variations/variations.ts'
import { emptySetup } from '../../src/shared/default-setup.ts'
import type { BatchOrder } from '../../src/shared/preferences.ts'
import { builtInPresets, presetOf, presetWeights } from '../../src/shared/presets.ts'
import type { Picture } from '../../src/shared/project.ts'
import type { MetricsRow, Run } from '../../src/shared/run.ts'
import type { Setup } from '../../src/shared/setup.ts'

const setup: Setup = { ...emptySetup(), look: 'a', landmarks: 'b' }
const withSettings = (settings: Partial<Setup['settings']>): Setup => ({
  ...setup,
  settings: { ...setup.settings, ...settings },
})

test('a run is asked for nothing that it has', () => {
  expect(changesBetween(setup, structuredClone(setup))).toEqual([])
  expect(changesBetween(setup, withSettings({ seed: 7, steps: 5, space: 'w+' }))).toEqual([])
  expect(changesBetween(setup, { ...setup, look: null, landmarks: null })).toEqual([])
})

test('a run is asked for the weights, the look, and the landmarks of the groups that changed', () => {
  const weights = { ...setup.settings.weights, landmark: 0.3 }
  const groupWeights = setup.settings.groupWeights.with(7, 0)
  expect(changesBetween(setup, { ...withSettings({ weights, groupWeights }), look: 'c' })).toEqual([
    { kind: 'weights', weights },
    { kind: 'group-weights', groupWeights },
    { kind: 'look', picture: 'c' },
  ])
  const sources = setup.sources.with(5, 'c').with(6, 'c').with(0, 'd')
  expect(changesBetween(setup, { ...setup, sources })).toEqual([
    { kind: 'landmarks', picture: 'd', groups: [0] },
    { kind: 'landmarks', picture: 'c', groups: [5, 6] },
  ])
  expect(changesBetween({ ...setup, sources }, setup)).toEqual([
    { kind: 'landmarks', picture: 'b', groups: [0, 5, 6] },
  ])
})

test('a picture that was aligned anew is asked for again wherever it is used', () => {
  const sources = setup.sources.with(7, 'a')
  expect(changesBetween({ ...setup, sources }, { ...setup, sources }, new Set(['a']))).toEqual([
    { kind: 'look', picture: 'a' },
    { kind: 'landmarks', picture: 'a', groups: [7] },
  ])
})

test('points that a change of the picture takes away are placed again', () => {
  const points = [
    { index: 8, x: 0.5, y: 0.9 },
    { index: 40, x: 0.3, y: 0.4 },
  ]
  const from = { ...setup, points }
  expect(changesBetween(setup, from)).toEqual([{ kind: 'points', placed: points, released: [] }])
  expect(changesBetween(from, { ...setup, points: [points[0]!] })).toEqual([
    { kind: 'points', placed: [], released: [40] },
  ])
  expect(changesBetween(from, { ...from, sources: setup.sources.with(5, 'c') })).toEqual([
    { kind: 'landmarks', picture: 'c', groups: [5] },
    { kind: 'points', placed: [points[1]], released: [] },
  ])
})

test('a slider of weights goes from 0 over orders of magnitude, there and back', () => {
  expect(weightAt(0, groupScale)).toBe(0)
  expect(weightAt(1, groupScale)).toBe(20)
  for (const weight of [0, 0.01, 0.05, 0.1, 1, 5, 20]) {
    expect(weightAt(positionOf(weight, groupScale), groupScale)).toBeCloseTo(weight, 6)
  }
})

test('keys always move a weight, from 0 to the most and back to 0', () => {
  const up = [0]
  while (up.at(-1)! < 20 && up.length < 200) up.push(weightBeside(up.at(-1)!, 4, groupScale))
  expect(up.at(-1)).toBe(20)
  expect(up).toEqual([...new Set(up)].toSorted((a, b) => a - b))
  const down = [20]
  while (down.at(-1)! > 0 && down.length < 200) down.push(weightBeside(down.at(-1)!, -4, groupScale))
  expect(down.at(-1)).toBe(0)
  expect(weightBeside(0.011, 0.1, groupScale)).toBeGreaterThan(0.011)
})

test('the slider of expression and pose ends before it drives the face away, and keys leave what was typed beyond', () => {
  expect(weightAt(1, termTable.landmark)).toBe(1)
  expect(weightBeside(5, 4, termTable.landmark)).toBe(5)
  expect(weightBeside(5, -4, termTable.landmark)).toBeLessThan(1)
})

test.each(Object.values({ groupScale, ...termTable }))(
  'a slider that is moved by keys is never stuck: %j',
  (scale) => {
    // As the slider has it: to the next place of its grid.
    const slid = (weight: number, way: number) => {
      const place = Math.round((positionOf(weight, scale) + way * slideStep) / slideStep) * slideStep
      return weightSlid(weight, Math.min(1, Math.max(0, place)), scale)
    }
    for (const way of [1, -1]) {
      const weights = [way > 0 ? 0 : scale.most]
      while (weights.length < 100 && weights.at(-1) !== (way > 0 ? scale.most : 0)) {
        weights.push(slid(weights.at(-1)!, way))
      }
      expect(weights.length).toBeLessThan(60)
      expect(weights).toEqual([...new Set(weights)].toSorted((a, b) => way * (a - b)))
    }
  },
)

test('presets have nine weights each, and are known again', () => {
  for (const preset of builtInPresets) {
    expect(presetWeights(preset)).toHaveLength(9)
    expect(presetOf(presetWeights(preset))).toBe(preset)
  }
  expect(presetOf([1, 2, 3, 4, 5, 6, 7, 8, 9])).toBeUndefined()
  expect(presetWeights('balanced', [9, 9, 9, 9, 9, 9, 9, 9, 9])[0]).toBe(9)
})

test('zooming keeps what the pointer shows, and never leaves the square', () => {
  const zoomed = zoomedAt(zoomedAt(wholeSquare, 3, 0.8, 0.4), 1.7, 0.3, 0.6)
  const again = zoomedAt(zoomed, 1.3, 0.3, 0.6)
  for (const [i, value] of placeInSquare(zoomed, 0.3, 0.6).entries()) {
    expect(placeInSquare(again, 0.3, 0.6)[i]).toBeCloseTo(value)
  }
  expect(panned(wholeSquare, 0.5, -0.5)).toEqual(wholeSquare)
  expect(panned({ scale: 2, x: 0.1, y: 0.1 }, 5, -5)).toEqual({ scale: 2, x: 0, y: 0.5 })
  expect(zoomedAt(zoomed, 1e-9, 0.3, 0.6)).toEqual(wholeSquare)
})

test('what is chosen while zoomed is shown whole, moved by as little as that takes', () => {
  const corner = { scale: 4, x: 0, y: 0 }
  const part = { left: 0.5, top: 0.1, right: 0.7, bottom: 0.3 }
  expect(isInView(corner, part)).toBe(false)
  const shown = showing(corner, part)
  expect(shown.scale).toBe(4)
  expect(shown.x).toBeCloseTo(0.45)
  expect(shown.y).toBeCloseTo(0.05)
  expect(showing(shown, part)).toEqual(shown)
  const wide = { left: 0.2, top: 0.4, right: 0.7, bottom: 0.6 }
  const whole = showing(corner, wide)
  expect(whole.scale).toBeCloseTo(2)
  expect(whole.x).toBeCloseTo(0.2)
  expect(showing(corner, { left: -0.1, top: -0.1, right: 1.1, bottom: 1.1 })).toEqual(wholeSquare)
})

test('zooming to a part leaves room around it, and ends where pixels would be all that is seen', () => {
  const { scale, x, y } = zoomedTo({ left: 0.4, top: 0.45, right: 0.6, bottom: 0.55 })
  expect(scale).toBeCloseTo(3.75)
  expect([x + 0.5 / scale, y + 0.5 / scale]).toEqual([expect.closeTo(0.5), expect.closeTo(0.5)])
  expect(zoomedTo({ left: 0.5, top: 0.5, right: 0.5001, bottom: 0.5001 }).scale).toBe(16)
  expect(zoomedTo({ left: 0, top: 0, right: 1, bottom: 1 })).toEqual(wholeSquare)
})

const row = (step: number, loss = 1): MetricsRow => ({
  step,
  seconds: step,
  loss,
  perceptual: 0,
  landmark: 2,
  noiseReg: 3,
})

test('the chart has a series for each term of the run, and no logarithm of 0', () => {
  const { terms, columns } = lossSeries([row(1), { ...row(2), prior: 4 }])
  expect(terms).toEqual(['loss', 'perceptual', 'landmark', 'prior', 'noiseReg'])
  expect(columns).toEqual([
    [1, 2],
    [1, 1],
    [null, null],
    [2, 2],
    [null, 4],
    [3, 3],
  ])
})

test('weights are written as people write numbers, and read again', () => {
  const written = [0.05, 1.234, 9999, 1e5, 2.5e6].map((weight) => weightText(weight, 'de'))
  expect(written).toEqual(['0,05', '1,23', '10000', '100k', '2,5M'])
  expect(written.map(parsedWeight)).toEqual([0.05, 1.23, 10_000, 1e5, 2.5e6])
  expect(['1e5', ' 3 K', '-1', 'many', 'k', '9000M'].map(parsedWeight)).toEqual([
    ...[1e5, 3000, undefined, undefined, undefined, undefined],
  ])
})

test('Finish is advised once the loss hardly falls, and not before a change had its time', () => {
  const falling = Array.from({ length: 300 }, (_, i) => row(i + 1, 1 + 4 * 0.98 ** i))
  const noisy = falling.map((one) => (one.step % 3 === 0 ? one : { ...one, loss: 3 * one.loss }))
  for (const rows of [falling, noisy]) {
    expect(finishAdvice({ rows: rows.slice(0, 120), changes: [] })).toBe('closer')
    expect(finishAdvice({ rows, changes: [] })).toBe('settled')
    expect(finishAdvice({ rows, changes: [{ step: 200, kind: 'weights' }] })).toBe('settled')
    expect(finishAdvice({ rows, changes: [{ step: 250, kind: 'weights' }] })).toBe('closer')
  }
  expect(finishAdvice({ rows: [], changes: [] })).toBe('closer')
})

test('a run for each picture has it as its look, or all landmarks from it, and is called after it', () => {
  const setup = withSettings({ live: true })
  const given = { ...setup, look: 'a', landmarks: 'b', sources: setup.sources.with(2, 'c') }
  const pictures = [
    { id: 'd', name: 'Anna smiles.jpg' },
    { id: 'e', name: '.hidden' },
  ] as unknown as readonly Picture[]
  const looks = pictureVariations(given, 'look', pictures)
  expect(looks.map(({ name }) => name)).toEqual(['Anna smiles', '.hidden'])
  expect(looks[0]!.setup).toMatchObject({ look: 'd', landmarks: 'b', sources: given.sources })
  const [expression] = pictureVariations(given, 'landmarks', pictures)
  expect(expression!.setup).toMatchObject({
    look: 'a',
    landmarks: 'd',
    points: [],
    settings: { live: false },
  })
  expect(expression!.setup.sources).toEqual(Array(9).fill(null))
})

test('a batch is shown as it was chosen, or the best first, and what is not known last', () => {
  const run = (id: string, landmark: number | null) =>
    ({ id, terms: landmark === null ? null : { landmark } }) as unknown as Run
  const judged = [
    { run: run('a', 3), identity: null },
    { run: run('b', null), identity: 0.5 },
    { run: run('c', 1), identity: 0.2 },
    { run: run('d', null), identity: null },
  ]
  const shown = (order: BatchOrder) => inOrder(judged, order).map((one) => one.run.id)
  expect(shown('chosen')).toEqual(['a', 'b', 'c', 'd'])
  expect(shown('identity')).toEqual(['c', 'b', 'a', 'd'])
  expect(shown('landmarks')).toEqual(['c', 'a', 'b', 'd'])
})

test('the time that is left for a batch is that of the run under way, and as fast for those that wait', () => {
  const run = (state: string, step: number, more: object = {}) =>
    ({
      state,
      step,
      secondsLeft: null,
      stepsPerSecond: null,
      setup: { settings: { steps: 100 } },
      ...more,
    }) as unknown as Run
  const waiting = [run('queued', 0), run('queued', 40), run('paused', 0)]
  expect(secondsLeft(waiting)).toBeNull()
  expect(secondsLeft([run('running', 10, { secondsLeft: 9, stepsPerSecond: 10 }), ...waiting])).toBe(9 + 16)
})

test('variations differ in what they are about, and end by themselves', () => {
  const seeds = seedVariations(withSettings({ seed: 2 ** 32 - 1, live: true }), 3)
  expect(seeds.map(({ setup }) => setup.settings.seed)).toEqual([2 ** 32 - 1, 0, 1])
  expect(seeds.every(({ setup }) => !setup.settings.live)).toBe(true)
  const sweep = sweepVariations(setup, { of: 'group', group: 8 }, 0.1, 10, 3)
  expect(sweep.map(({ value }) => value)).toEqual([0.1, 1, 10])
  expect(sweep[2]!.setup.settings.groupWeights).toEqual(setup.settings.groupWeights.with(8, 10))
  expect(
    sweepVariations(setup, { of: 'term', term: 'prior' }, 1, 2, 2)[1]!.setup.settings.weights.prior,
  ).toBe(2)
})
