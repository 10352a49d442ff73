import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Deadlines } from '../../src/node/engine/silence-watch.ts'
import { resumeRun, startRun } from '../../src/node/runs/run.ts'
import { full } from '../full.ts'
import { type DeviceFault, deviceFaults, fakeEngine } from './fake-engine.ts'
import {
  dice,
  engine,
  faultyEngine,
  inTurn,
  median,
  newRecovery,
  resultBytes,
  temporaryFolder,
  tinyOrder,
  untouchedRun,
} from './tiny-run.ts'

/** Short, so that a hung engine is found while a test waits. */
const impatient: Deadlines = { loading: 2, step: 0.5, stepLengths: 20 }

/** The steps as metrics.ndjson has them: each once, in order, with finite terms. */
function soundSteps(folder: string): number {
  const lines = readFileSync(join(folder, 'metrics.ndjson'), 'utf8').trim().split('\n')
  const steps = lines.map((line) => JSON.parse(line) as Record<string, number>)
  steps.forEach((fields, index) => {
    expect(fields.step).toBe(index + 1)
    for (const value of Object.values(fields)) expect(Number.isFinite(value)).toBe(true)
  })
  return steps.length
}

describe('a fake device', () => {
  const steps = 60

  /** One run during which the device may fail. */
  async function run(fails: Parameters<typeof fakeEngine>[0], provider: 'cpu' | 'cuda' | 'auto' = 'cuda') {
    const folder = temporaryFolder()
    const spawn = fakeEngine(fails)
    const notices: string[] = []
    const order = tinyOrder(folder, { steps }, { provider })
    const events = { notice: (sentence: string) => notices.push(sentence) }
    const running = await startRun(spawn, order, events, impatient)
    const { outcome } = await running.finished
    expect(soundSteps(folder)).toBe(steps)
    return { outcome, notices, bytes: resultBytes(folder), late: spawn.messagesAfterEnd }
  }

  const faults = full ? 100 : deviceFaults.length
  test(
    `that fails once is tried again, and nothing that it gave after counts (${faults} faults)`,
    async () => {
      const { bytes } = await run(() => undefined)
      const next = dice(3)
      for (let i = 0; i < faults; i++) {
        const fault = deviceFaults[i % deviceFaults.length]!
        const at = 1 + Math.floor(next() * steps)
        const result = await run((_provider, step) => (step === at ? fault : undefined))
        expect(result.outcome, `${fault} in step ${at}`).toMatchObject({ steps, provider: 'cuda' })
        expect(result.bytes, `${fault} in step ${at}`).toEqual(bytes)
        expect(result.notices).toEqual([expect.stringMatching(/^.+\. Going on from step \d+\.$/)])
      }
      console.info(`${faults} faults of a fake device: all runs ended on the same bits`)
    },
    faults * 20_000,
  )

  let onProcessor: Promise<Buffer> | undefined
  const providers = ['cuda', 'auto'] as const
  const lasting = deviceFaults.flatMap((fault) => providers.map((provider) => [fault, provider] as const))
  const some = [['error', 'cuda'] as const, ['nan-latent', 'auto'] as const]
  test.each(full ? lasting : some)(
    'that always fails is left for the processor (%s, %s)',
    async (fault, provider) => {
      onProcessor ??= run(() => undefined, 'cpu').then(({ bytes }) => bytes)
      const bytes = await onProcessor
      const result = await run((device) => (device === 'cpu' ? undefined : fault), provider)
      expect(result.outcome).toMatchObject({ steps, provider: 'cpu' })
      expect(result.bytes).toEqual(bytes)
      expect(result.notices).toHaveLength(2)
      expect(result.notices[1]).toMatch(/Going on from step 0 on cpu\.$/)
    },
  )

  test('that is lost in the middle and again at once goes on on the processor', async () => {
    const fails = (device: string, step: number): DeviceFault | undefined =>
      device === 'cuda' && step > 40 ? 'error' : undefined
    const { outcome, notices } = await run(fails)
    expect(outcome).toMatchObject({ steps, provider: 'cpu' })
    expect(notices).toEqual([
      'The device cuda failed: out of memory. Going on from step 25.',
      'The device cuda failed: out of memory. Going on from step 25 on cpu.',
    ])
  })
})

describe('a fake device in float16', () => {
  const order = (folder: string) =>
    tinyOrder(folder, { steps: 60 }, { provider: 'cuda', precision: 'float16' })
  const notices: string[] = []
  const notice = (sentence: string) => notices.push(sentence)
  const record = (folder: string) => JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'))

  beforeEach(() => {
    notices.length = 0
  })

  test('goes on in float16 after a fault', async () => {
    const folder = temporaryFolder()
    const spawn = fakeEngine((_device, step) => (step === 40 ? 'error' : undefined))
    const { outcome } = await (await startRun(spawn, order(folder), { notice }, impatient)).finished
    expect(outcome).toMatchObject({ steps: 60, provider: 'cuda', precision: 'float16' })
    expect(notices).toEqual([expect.stringMatching(/Going on from step \d+\.$/)])
    expect(record(folder).result.precision).toBe('float16')
  })

  test('goes on in float32 where it is left for the processor', async () => {
    const folder = temporaryFolder()
    const spawn = fakeEngine((device, step) => (device === 'cuda' && step > 40 ? 'error' : undefined))
    const { outcome } = await (await startRun(spawn, order(folder), { notice }, impatient)).finished
    expect(outcome).toMatchObject({ steps: 60, provider: 'cpu', precision: 'float32' })
    expect(notices).toEqual([
      expect.stringMatching(/Going on from step \d+\.$/),
      expect.stringMatching(/Going on from step \d+ on cpu\.$/),
    ])
  })

  test('is float16 again where a run is taken up', async () => {
    const folder = temporaryFolder()
    // As a process leaves it that was killed before its first step.
    await (await newRecovery(order(folder))).close()
    const running = await resumeRun(
      fakeEngine(() => undefined),
      folder,
      { notice },
      impatient,
    )
    expect((await running.finished).outcome).toMatchObject({ steps: 60, precision: 'float16' })
    expect(notices).toEqual([])
  })

  test('is refused where the processor is asked for', async () => {
    const spawn = fakeEngine(() => undefined)
    const folder = join(temporaryFolder(), 'run')
    const asked = { ...order(folder), provider: 'cpu' } as const
    await expect(startRun(spawn, asked)).rejects.toMatchObject({ code: 'wrong-use' })
    expect(existsSync(folder)).toBe(false)
  })
})

describe('a process that', () => {
  const steps = 30
  // The first two differ most.
  const kinds = ['abort', 'hang', 'exit', 'throw', 'segfault', 'bus', 'killed'] as const
  const faults = full ? 100 : 2

  test(
    `really dies or hangs is replaced within five seconds (${faults} faults)`,
    async () => {
      const untouched = await untouchedRun({ steps })
      const next = dice(4)
      const seconds: number[] = []
      /** What the first engine of each run took to its first step. */
      const starts: number[] = []
      for (let i = 0; i < faults; i++) {
        const kind = kinds[i % kinds.length]!
        const at = 1 + Math.floor(next() * steps)
        const folder = temporaryFolder()
        const spawn = inTurn(faultyEngine(kind, 'progress', at), engine)
        let lost = 0
        let back = 0
        let begun = 0
        const started = performance.now()
        const running = await startRun(
          spawn,
          tinyOrder(folder, { steps }),
          {
            notice: () => {
              lost = performance.now()
            },
            progress: () => {
              if (begun === 0) begun = performance.now()
              if (lost > 0 && back === 0) back = performance.now()
            },
          },
          { loading: 30, step: 2, stepLengths: 20 },
        )
        const { outcome } = await running.finished
        expect(outcome, `${kind} at step ${at}`).toMatchObject({ steps, stopped: false })
        expect(resultBytes(folder), `${kind} at step ${at}`).toEqual(untouched.bytes)
        expect(soundSteps(folder)).toBe(steps)
        expect(spawn.started).toBe(2)
        seconds.push((back - lost) / 1000)
        starts.push((begun - started) / 1000)
      }
      console.info(
        `${faults} faults of real processes: all runs ended on the same bits, the next step after ` +
          `${median(seconds).toFixed(1)} s in the median, ${Math.max(...seconds).toFixed(1)} s at most`,
      )
      // A machine that takes so long to start any engine cannot be faster with another one.
      expect(median(seconds)).toBeLessThan(Math.max(5, 1.5 * median(starts)))
    },
    faults * 60_000,
  )
})
