import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { costOf } from '../../src/engine/graph/cost.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import { readCatalogue } from '../../src/node/downloads/catalogue.ts'
import type { Pace } from '../../src/node/engine/pace.ts'
import { keepPace, readPaces, stepSeconds } from '../../src/node/runs/pace.ts'
import { stepClock } from '../../src/node/worker/step-clock.ts'
import { temporaryFolder } from '../cli/mien.ts'

test('the cost of a graph counts what its outputs need, each value once', () => {
  const b = createBuilder()
  const x = b.input('x', [1, 3, 8, 8])
  const weight = b.constant(floatTensor([4, 3, 3, 3], new Float32Array(108).fill(1)), 'weight')
  const y = b.conv(x, weight, { padding: { before: 1, after: 1 } })
  b.relu(y)
  const [inner, outer] = [y, b.mul(y, y)]
  expect(costOf([inner, outer])).toEqual({
    operations: 2 * 4 * 64 * 27,
    elements: 4 * 64 + (3 * 64 + 108) + 3 * 4 * 64,
  })
  const product = b.matMul(b.input('a', [5, 6]), b.input('b', [6, 7]))
  expect(costOf([product])).toEqual({ operations: 2 * 5 * 6 * 7, elements: 35 + 30 + 42 })
})

test('the clock tells the median of the steps, which a pause does not move', () => {
  let now = 0
  const clock = stepClock(() => now)
  const steps = [0, 100, 100, 9000, 100]
  for (const [i, length] of steps.entries()) {
    now += length
    clock.secondsLeft(i + 1, 10)
  }
  expect(clock.stepSeconds).toBeUndefined()
  now += 300
  clock.secondsLeft(6, 10)
  expect(clock.stepSeconds).toBe(0.1)
})

test('the clock does not mix the steps of two graphs, nor count the loading between them', () => {
  let now = 0
  const clock = stepClock(() => now)
  const steps = (lengths: readonly number[]) => {
    for (const length of lengths) {
      now += length
      clock.secondsLeft(1, 10)
    }
  }
  steps([0, 100, 100, 100, 100, 100])
  expect(clock.stepSeconds).toBe(0.1)
  clock.ofNewGraph()
  expect(clock.stepSeconds).toBeUndefined()
  steps([9000, 300, 300, 300, 300, 300])
  expect(clock.stepSeconds).toBe(0.3)
})

const { sets } = await readCatalogue()

const pace = (work: number, more: Partial<Pace> = {}): Pace => ({
  ...{ provider: 'cpu', seconds: 1, operations: work, elements: 1 },
  ...more,
})
const cost = (work: number) => ({ operations: work, elements: 1 })

describe('about how long a step takes', () => {
  test('is told by the work, of arithmetic and of memory', () => {
    expect(stepSeconds(cost(3e9), [pace(1e9)])).toBeCloseTo(3)
    const [few, many] = [1e8, 2e8].map((elements) => ({ operations: 1e9, elements }))
    expect(stepSeconds(many!, [{ ...pace(0), ...few! }])).toBeCloseTo(7 / 4)
  })

  test('by the search of the nearest work on the device that computed last', () => {
    const paces = [pace(1e9), pace(1e10, { seconds: 5 }), pace(1e10, { provider: 'cuda', seconds: 0.1 })]
    expect(stepSeconds(cost(1e10), paces)).toBeCloseTo(5)
    expect(stepSeconds(cost(1e9), paces)).toBeCloseTo(1)
    expect(stepSeconds(cost(1e10), paces.toReversed())).toBeCloseTo(0.1)
  })

  test('and by nothing that tells nothing of it', () => {
    expect(stepSeconds(cost(1e9), [])).toBeUndefined()
    expect(stepSeconds(cost(39e9), [pace(1e9)])).toBeCloseTo(39)
    expect(stepSeconds(cost(41e9), [pace(1e9)])).toBeUndefined()
    expect(stepSeconds(cost(3e9), [pace(1e9, { provider: 'cuda' })])).toBeCloseTo(3)
    expect(stepSeconds(cost(5e9), [pace(1e9, { provider: 'cuda' })])).toBeUndefined()
  })

  // Processor seconds of a step on one thread, measured on one machine: docs/benchmarks.md.
  test.each([
    ['ffhq-256', 1.272],
    ['ffhq-512', 2.475],
    ['ffhq-1024', 3.275],
  ])('from the pack to %s is within 15 %% of what was measured', (id, measured) => {
    const pack: Pace = {
      ...{ provider: 'cpu', seconds: 0.0934 },
      ...{ operations: 10286466688, elements: 541949325 },
    }
    const { step } = sets.find((set) => set.id === id)!.needs!
    expect(Math.abs(stepSeconds(step!, [pack])! / measured - 1)).toBeLessThan(0.15)
  })
})

describe('the paces of a machine', () => {
  test('are kept by device and cost, the newest first, a dozen of them', async () => {
    const home = join(temporaryFolder(), 'new')
    expect(await readPaces(home)).toEqual([])
    for (let i = 1; i <= 13; i++) await keepPace(home, pace(i))
    await keepPace(home, pace(5, { seconds: 2 }))
    await keepPace(home, pace(5, { provider: 'cuda' }))
    const kept = await readPaces(home)
    expect(kept.slice(0, 3)).toEqual([pace(5, { provider: 'cuda' }), pace(5, { seconds: 2 }), pace(13)])
    expect(kept).toHaveLength(12)
  })

  test.each(['', '{', '[{}]', JSON.stringify([pace(1, { seconds: 0 })])])(
    'that are damaged (%s) are none',
    async (text) => {
      const home = temporaryFolder()
      writeFileSync(join(home, 'paces.json'), text)
      expect(await readPaces(home)).toEqual([])
      await keepPace(home, pace(1))
      expect(await readPaces(home)).toEqual([pace(1)])
    },
  )

  test('that cannot be kept are let go', async () => {
    const home = join(temporaryFolder(), 'file')
    writeFileSync(home, '')
    await keepPace(home, pace(1))
    expect(readFileSync(home, 'utf8')).toBe('')
  })
})
