import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { pictureFingerprint } from '../../src/node/engine/search-fingerprint.ts'
import { evenly } from '../../src/node/host/evenly.ts'
import { sha256 } from '../../src/node/host/sha256.ts'
import { throttle } from '../../src/node/host/throttle.ts'
import type { ProjectStore } from '../../src/node/projects/project-store.ts'
import { filmMemories } from '../../src/node/runs/kinds/film/film-memories.ts'
import {
  engineChange,
  setupAfter,
  setupAfterAll,
} from '../../src/node/runs/kinds/projection/setup-changes.ts'
import { engineName, engineSettings, usedPicture } from '../../src/node/runs/kinds/projection/studio-order.ts'
import { livePicture, previewPause } from '../../src/node/runs/live-picture.ts'
import type { RunQueue } from '../../src/node/runs/queue.ts'
import { momentsOf, openHistory, readMoment } from '../../src/node/runs/record/history.ts'
import { copyMetrics, readMetrics } from '../../src/node/runs/record/metrics.ts'
import type { RunRecord } from '../../src/node/runs/record/record.ts'
import { createScheduler } from '../../src/node/runs/scheduler.ts'
import type { RunKey, RunStore } from '../../src/node/runs/store.ts'
import { previewTiming } from '../../src/node/worker/preview-timing.ts'
import { emptySetup, referenceSearch } from '../../src/shared/default-setup.ts'
import type { Picture } from '../../src/shared/project.ts'
import type { Run } from '../../src/shared/run.ts'
import { sampleRun } from './sample-run.ts'

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'mien-runs-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

const row = (step: number) => ({ step, perceptual: 1, landmark: 2, noiseReg: 0, loss: 3, seconds: step / 10 })
const image = { width: 8, height: 8, data: new Uint8Array(192) }
const shown = (step: number) => ({ step, image, points: new Float32Array(136).fill(4) })
const encoded = (step: number) => ({
  step,
  image: new Uint8Array([step & 255]),
  points: Array(136).fill(0.5),
})

describe('a preview is due', () => {
  /** The steps of twenty after which one is sent. */
  function sent(asks: readonly number[], changes: readonly number[], keyframes: readonly number[] = []) {
    let asked = false
    const timing = previewTiming('asked', () => {
      const taken = asked
      asked = false
      return taken
    })
    const steps: number[] = []
    for (let step = 1; step <= 20; step++) {
      if (changes.includes(step - 1)) timing.afterChange(step - 1)
      if (asks.includes(step)) asked = true
      if (keyframes.includes(step)) timing.atKeyframe()
      if (timing.isDue(step)) steps.push(step)
    }
    return steps
  }

  test('after the step in which it was asked for, once', () => {
    expect(sent([3, 9], [])).toEqual([3, 9])
  })

  test('after the first step of a change, also while more changes come', () => {
    expect(sent([], [4])).toEqual([5])
    expect(sent([], [4, 5, 9])).toEqual([5, 6, 10])
  })

  test('where there is a snapshot', () => {
    expect(sent([], [], [10, 20])).toEqual([10, 20])
  })

  test('every so many steps for a film, whatever is asked', () => {
    const timing = previewTiming(5, () => true)
    expect([1, 2, 3, 4, 5, 6, 10].filter(timing.isDue)).toEqual([5, 10])
  })
})

describe('the live picture', () => {
  test('takes 3 % of the time, and follows long steps at every second one', () => {
    for (const encoding of [0.001, 0.01, 0.1]) {
      expect(encoding / (encoding + previewPause(encoding, 0.05))).toBeCloseTo(0.03)
    }
    for (const step of [0.31, 1, 4]) expect(previewPause(0.1, step)).toBeLessThan(step)
  })

  test('is the newest where several wait', async () => {
    const told: number[] = []
    const live = livePicture(
      () => undefined,
      async ({ step }) => void told.push(step),
    )
    for (let step = 1; step <= 50; step++) live.offer(shown(step))
    await live.end()
    expect(told).toEqual([1, 50])
  })
})

test('a throttle tells at once, then now and then, and the last always', () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  let value = 0
  const told: number[] = []
  const often = throttle(200, () => told.push(value))
  for (value = 1; value <= 100; value++) {
    often.call()
    vi.advanceTimersByTime(10)
  }
  expect(told.length).toBeGreaterThanOrEqual(5)
  expect(told.length).toBeLessThanOrEqual(6)
  expect(told[0]).toBe(1)
  value = 1000
  often.call()
  often.flush()
  expect(told.at(-1)).toBe(1000)
})

describe('metrics', () => {
  test('are read from a step on, and thinned evenly', async () => {
    const run = folder()
    const lines = Array.from({ length: 9000 }, (_, i) => JSON.stringify(row(i + 1)))
    writeFileSync(join(run, 'metrics.ndjson'), `${lines.join('\n')}\n{"step":9001,"perc`)
    const all = await readMetrics(run, 0)
    expect(all).toHaveLength(2000)
    expect([all[0]!.step, all.at(-1)!.step]).toEqual([1, 9000])
    const gaps = all.slice(1).map(({ step }, i) => step - all[i]!.step)
    expect([Math.min(...gaps), Math.max(...gaps)]).toEqual([4, 5])
    expect((await readMetrics(run, 8998)).map(({ step }) => step)).toEqual([8998, 8999, 9000])
    expect(await readMetrics(folder(), 0)).toEqual([])
    const branch = folder()
    await copyMetrics(run, branch, 3)
    expect((await readMetrics(branch, 0)).map(({ step }) => step)).toEqual([1, 2, 3])
  })

  test('of two rows are the ends', () => {
    expect(evenly([1, 2, 3, 4, 5], 2)).toEqual([1, 5])
  })
})

describe('the history', () => {
  test('keeps so many pictures, spread evenly, with their landmarks', async () => {
    const run = folder()
    const history = await openHistory(run, { most: 20 })
    for (let step = 1; step <= 90; step++) await history.offer(encoded(step), shown(step))
    const steps = await momentsOf(run)
    expect(steps.length).toBeLessThanOrEqual(20)
    expect(steps.length).toBeGreaterThan(12)
    const gaps = steps.slice(1).map((step, i) => step - steps[i]!)
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10)
    expect(readdirSync(join(run, 'history'))).toHaveLength(2 * steps.length)
    expect(await readMoment(run, steps[5]! + 0.1)).toEqual(encoded(steps[5]!))
  })

  test('goes on where it was left, and always keeps the last', async () => {
    const run = folder()
    await (await openHistory(run)).offer(encoded(300), shown(300))
    const again = await openHistory(run)
    await again.offer(encoded(290), shown(290))
    await again.offer(encoded(301), shown(301))
    expect(await momentsOf(run)).toEqual([300])
    await again.offer(encoded(301), shown(301), true)
    expect(await momentsOf(run)).toEqual([300, 301])
    expect(await readMoment(folder(), 1)).toBeUndefined()
  })
})

describe('the setup of a run', () => {
  const setup = { ...emptySetup(), look: 'a', landmarks: 'b', points: [{ index: 50, x: 0.5, y: 0.5 }] }

  test('has another source, and the points of its groups are given back', () => {
    const after = setupAfter(setup, { kind: 'landmarks', picture: 'c', groups: [7, 0] })
    expect(after.sources).toEqual(['c', null, null, null, null, null, null, 'c', null])
    expect(after.points).toEqual([])
    const back = setupAfter(after, { kind: 'landmarks', picture: 'b', groups: [0, 7] })
    expect(back.sources).toEqual(setup.sources)
  })

  test('has points that were dragged and not those that were released', () => {
    const placed = [{ index: 8, x: 0.1, y: 0.2 }]
    const after = setupAfter(setup, { kind: 'points', placed, released: [50] })
    expect(after.points).toEqual(placed)
    expect(engineChange({ kind: 'points', placed, released: [50] })).toEqual({
      kind: 'points',
      points: [...placed, { index: 50 }],
    })
    expect(engineChange({ kind: 'points', placed: [], released: [] })).toBeUndefined()
  })

  test('is what the engine’s changes come to', () => {
    const groupWeights = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    const changes = [
      { step: 1, change: { kind: 'look', picture: 'hash' } },
      { step: 2, change: { kind: 'group-weights', groupWeights } },
      { step: 3, change: { kind: 'points', points: [{ index: 50 }, { index: 8, x: 0.1, y: 0.2 }] } },
      { step: 3, change: { kind: 'finish', after: 0 } },
    ] as const
    const after = setupAfterAll(setup, changes, (name) => (name === 'hash' ? 'c' : undefined))
    expect(after).toMatchObject({
      look: 'c',
      settings: { groupWeights },
      points: [{ index: 8, x: 0.1, y: 0.2 }],
    })
  })
})

describe('the settings of a run for the engine', () => {
  test.each(['shortMemory', 'quasiNewton'])(
    'have %s where it ends after its steps, and not where it is held',
    (name) => {
      const settings = { ...referenceSearch, [name]: true }
      expect(engineSettings({ ...settings, live: false })).toMatchObject({ live: true, [name]: true })
      expect(engineSettings({ ...settings, live: true })).not.toHaveProperty(name)
      expect(engineSettings({ ...referenceSearch, live: false })).not.toHaveProperty(name)
    },
  )
})

describe('a picture of a project is given to the engine', () => {
  const bytes = new Uint8Array([1, 2, 3])
  const points = Array.from({ length: 136 }, (_, i) => i)
  const picture: Picture = {
    ...{ id: 'a', name: 'a.png', sha256: sha256(bytes), bytes: 3, width: 64, height: 64 },
    faces: [{ box: { x: 0, y: 0, width: 9, height: 9 }, score: 1, points }],
    alignment: { by: 'centre' },
  }
  const quad = [0, 0, 0, 8, 8, 8, 8, 0]
  const corners = [
    [0, 0],
    [0, 8],
    [8, 8],
    [8, 0],
  ]

  test.each([
    [{ by: 'centre' }, 'none'],
    [{ by: 'face', face: 0 }, { points }],
    [{ by: 'hand', quad }, { quad: corners }],
    [
      { by: 'hand', quad, points },
      { quad: corners, points },
    ],
  ] as const)('aligned %o', (alignment, choice) => {
    const used = usedPicture({ ...picture, alignment: structuredClone(alignment) as Picture['alignment'] })
    expect(used.alignment).toEqual(choice)
    const input = { name: used.name, bytes, alignment: used.alignment }
    expect(engineName(used)).toBe(pictureFingerprint(input))
  })
})

describe('the turn of a run', () => {
  test('waits for what is done with it before, one after the other, and is not passed over', async () => {
    const log: string[] = []
    const key = { project: 'p', run: 'r' }
    let state: Run['state'] = 'queued'
    const scheduler = createScheduler({
      projects: {
        async open() {
          log.push('begun')
          await new Promise((resolve) => setTimeout(resolve, 50))
          return { readOnly: 'only to see what comes first' }
        },
      } as unknown as ProjectStore,
      covers: { show: async () => undefined, offer: async () => undefined, idle: async () => undefined },
      spawn: () => {
        throw new Error('no engine is needed')
      },
      home: '',
      library: '',
      films: filmMemories(),
      store: {
        show: () => ({ ...sampleRun, state }),
        change: (_: RunKey, edit: (record: RunRecord) => RunRecord) => {
          state = edit({ state } as RunRecord).state
          return sampleRun
        },
      } as unknown as RunStore,
      queue: { members: [key], remove: async () => undefined } as unknown as RunQueue,
      emit: () => undefined,
    })
    const work = (name: string) =>
      scheduler.whileIdle(key, async () => {
        log.push(`${name} begins`)
        await new Promise((resolve) => setTimeout(resolve, 5))
        log.push(`${name} ends`)
      })
    const [one, two] = [work('one'), work('two')]
    scheduler.wake()
    await one
    expect(scheduler.active(key)).toBeUndefined()
    await two
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(scheduler.active(key)).toBeDefined()
    expect(work('three')).toBeUndefined()
    await scheduler.active(key)?.over
    expect(log).toEqual(['one begins', 'one ends', 'two begins', 'two ends', 'begun'])
    expect(state).toBe('failed')
  })
})
