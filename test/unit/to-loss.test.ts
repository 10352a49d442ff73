import { expect, test } from 'vitest'
import { toLossFigures, toLossTable, ways } from '../bench/to-loss.ts'

/** A course that loses `fall` of a loss of 1 with every ten steps, each of which takes so many seconds. */
const course = (fall: number, steps: number, stepSeconds: number) => ({
  startUp: 1,
  rows: Array.from({ length: steps / 10 }, (_, i) => {
    const step = 10 * (i + 1)
    const seconds = step * stepSeconds
    return {
      ...{ step, seconds: 2 * seconds, processor: seconds },
      ...{ perceptual: 1 - fall * (i + 1), landmark: 0, noiseReg: 0 },
    }
  }),
})

const extent = {
  ...{ sets: ['full-256'] as const, ways, pairs: 2, seeds: 1, steps: 100, ownSteps: 40 },
  ...{ every: 10, threads: 1, work: '', python: '' },
}

const measured = [0, 1].map((pair) => ({
  ...{ set: 'full-256' as const, pair, seed: 0 },
  courses: {
    pytorch: course(0.05, 100, 1),
    reference: course(0.05, 100, 0.5),
    // The second comes half as far.
    plain: course(pair === 0 ? 0.2 : 0.0625, 40, 0.5),
  },
}))

test('the seconds to the loss are those of the searches that come there', () => {
  const rows = toLossFigures(measured, extent).get('full-256')!
  expect(rows.pytorch).toMatchObject({ runs: 2, steps: 100, reached: 2, secondsUntil: 100, ratio: 1 })
  expect(rows.reference).toMatchObject({ reached: 2, stepsUntil: 100, secondsUntil: 50, ratio: 0.5 })
  expect(rows.plain).toMatchObject({ steps: 40, reached: 1, stepsUntil: 30, secondsUntil: 15, ratio: 0.15 })
  expect(rows.plain!.distance).toBeCloseTo((0.2 + 0.75) / 2)
  const [title, , ...lines] = toLossTable(new Map([['full-256', rows]])).split('\n')
  expect(title!.split(' | ')).toHaveLength(4)
  expect(lines.at(-1)).toBe('| relative to the first column | 1.000 | 0.500 | 0.150 |')
})

test('on several threads they are those of the clock', () => {
  const rows = toLossFigures(measured, { ...extent, threads: 2 }).get('full-256')!
  expect(rows.reference!.secondsUntil).toBe(100)
})

test('without PyTorch the others are compared with the first that was asked for', () => {
  const rows = toLossFigures(measured, { ...extent, ways: ['reference', 'plain'] }).get('full-256')!
  expect(rows.pytorch).toBeUndefined()
  expect(rows.reference).toMatchObject({ ratio: 1, secondsUntil: 50 })
  expect(rows.plain).toMatchObject({ reached: 1, ratio: 0.3 })
})
