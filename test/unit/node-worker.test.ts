import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import { startEngine, type WorkerProcess } from '../../src/node/engine/client.ts'
import { errorOf, reportOf } from '../../src/node/engine/failure.ts'
import { type FromWorker, protocolVersion, type ToWorker } from '../../src/node/engine/protocol.ts'
import { stepClock } from '../../src/node/worker/step-clock.ts'

/** An engine process that says what the test tells it to say. */
function fakeProcess() {
  const sent: ToWorker[] = []
  let onMessage: (message: FromWorker) => void = () => undefined
  let onExit: (reason: string) => void = () => undefined
  const state = { killed: false }
  const worker: WorkerProcess = {
    send: (message) => sent.push(message),
    onMessage: (listener) => {
      onMessage = listener
    },
    onExit: (listener) => {
      onExit = listener
    },
    kill: () => {
      state.killed = true
    },
  }
  return {
    spawn: () => worker,
    sent,
    state,
    say: (message: FromWorker) => onMessage(message),
    exit: (reason: string) => onExit(reason),
  }
}

const terms = { perceptual: 1, landmark: 2, noiseReg: 3, loss: 4 }

describe('the engine client', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('passes events and the outcome of its job, and ignores those of others', async () => {
    const fake = fakeProcess()
    const engine = startEngine(fake.spawn)
    fake.say({ kind: 'ready', version: protocolVersion })
    const steps: number[] = []
    const job = engine.start('probe', { provider: 'cpu' }, { progress: ({ step }) => steps.push(step) })
    expect(fake.sent).toMatchObject([{ kind: 'start', id: 1, job: 'probe' }])
    fake.say({ kind: 'event', id: 9, name: 'progress', data: { step: 1, steps: 2, terms, secondsLeft: 1 } })
    fake.say({ kind: 'event', id: 1, name: 'progress', data: { step: 2, steps: 2, terms, secondsLeft: 0 } })
    job.stop()
    fake.say({ kind: 'outcome', id: 1, outcome: { provider: 'cpu', worthwhile: true } })
    expect(await job.outcome).toEqual({ provider: 'cpu', worthwhile: true })
    expect(steps).toEqual([2])
    expect(fake.sent.at(-1)).toEqual({ kind: 'stop', id: 1 })
  })

  test('an engine of another version is refused and ended', async () => {
    const fake = fakeProcess()
    const engine = startEngine(fake.spawn)
    fake.say({ kind: 'ready', version: protocolVersion + 1 })
    await expect(engine.start('probe', { provider: 'cpu' }).outcome).rejects.toThrow(/version/)
    expect(fake.state.killed).toBe(true)
  })

  test('a process that ends fails the job and every later one', async () => {
    const fake = fakeProcess()
    const engine = startEngine(fake.spawn)
    const { outcome } = engine.start('probe', { provider: 'cpu' })
    fake.exit('SIGSEGV')
    await expect(outcome).rejects.toMatchObject({
      code: 'device',
      message: expect.stringContaining('SIGSEGV'),
    })
    await expect(engine.start('probe', { provider: 'cpu' }).outcome).rejects.toMatchObject({ code: 'device' })
  })

  test('silence longer than loading may take ends the process', async () => {
    const fake = fakeProcess()
    const { outcome } = startEngine(fake.spawn).start('probe', { provider: 'cpu' })
    const failed = expect(outcome).rejects.toMatchObject({ code: 'device' })
    vi.advanceTimersByTime(299_000)
    expect(fake.state.killed).toBe(false)
    vi.advanceTimersByTime(2_000)
    await failed
    expect(fake.state.killed).toBe(true)
  })

  test('after a step the patience follows the length of a step', async () => {
    const fake = fakeProcess()
    const { outcome } = startEngine(fake.spawn).start('probe', { provider: 'cpu' })
    outcome.catch(() => undefined)
    for (let step = 1; step < 4; step++) {
      vi.advanceTimersByTime(10_000)
      fake.say({ kind: 'event', id: 1, name: 'progress', data: { step, steps: 9, terms, secondsLeft: 1 } })
    }
    vi.advanceTimersByTime(199_000)
    expect(fake.state.killed).toBe(false)
    vi.advanceTimersByTime(2_000)
    expect(fake.state.killed).toBe(true)
  })

  test('one long step does not stretch the patience, which follows the median', () => {
    const fake = fakeProcess()
    startEngine(fake.spawn)
      .start('probe', { provider: 'cpu' })
      .outcome.catch(() => undefined)
    for (const [index, seconds] of [1, 1, 50, 1, 1].entries()) {
      vi.advanceTimersByTime(seconds * 1000)
      fake.say({
        kind: 'event',
        id: 1,
        name: 'progress',
        data: { step: index + 1, steps: 9, terms, secondsLeft: 1 },
      })
    }
    vi.advanceTimersByTime(59_000)
    expect(fake.state.killed).toBe(false)
    vi.advanceTimersByTime(2_000)
    expect(fake.state.killed).toBe(true)
  })

  test('a run that waits for its user may be silent', () => {
    const fake = fakeProcess()
    startEngine(fake.spawn)
      .start('probe', { provider: 'cpu' })
      .outcome.catch(() => undefined)
    fake.say({ kind: 'event', id: 1, name: 'paused', data: true })
    vi.advanceTimersByTime(1e8)
    expect(fake.state.killed).toBe(false)
    // What the engine says of changes and pictures meanwhile does not end the rest.
    fake.say({ kind: 'event', id: 1, name: 'notice', data: 'All is well.' })
    vi.advanceTimersByTime(1e8)
    expect(fake.state.killed).toBe(false)
    fake.say({ kind: 'event', id: 1, name: 'paused', data: false })
    vi.advanceTimersByTime(301_000)
    expect(fake.state.killed).toBe(true)
  })

  test.each(['resume', 'stop'] as const)('a paused run must answer to %s', (what) => {
    const fake = fakeProcess()
    const job = startEngine(fake.spawn).start('probe', { provider: 'cpu' })
    job.outcome.catch(() => undefined)
    fake.say({ kind: 'event', id: 1, name: 'paused', data: true })
    job[what]()
    vi.advanceTimersByTime(301_000)
    expect(fake.state.killed).toBe(true)
  })

  test('a second job at the same time is refused', async () => {
    const engine = startEngine(fakeProcess().spawn)
    const first = engine.start('probe', { provider: 'cpu' })
    await expect(engine.start('probe', { provider: 'cpu' }).outcome).rejects.toThrow(/already/)
    engine.close()
    await expect(first.outcome).rejects.toMatchObject({ code: 'stopped' })
  })
})

describe('errors across the boundary', () => {
  test('keep code, sentence, advice and place', () => {
    const error = new MienError('bad-file', 'It is cut.', { hint: 'Copy it.', file: 'a', offset: 7 })
    expect(errorOf(structuredClone(reportOf(error)))).toMatchObject({
      code: 'bad-file',
      message: 'It is cut.',
      hint: 'Copy it.',
      place: { file: 'a', offset: 7 },
    })
  })

  test('defects keep their stack and are no refusals', () => {
    const error = errorOf(structuredClone(reportOf(new TypeError('x is undefined'))))
    expect(error).not.toBeInstanceOf(MienError)
    expect(error.stack).toContain('node-worker.test')
  })
})

test('the time left follows the length of a step', () => {
  let now = 0
  const clock = stepClock(() => now)
  expect(clock.secondsLeft(1, 10)).toBeNaN()
  now = 2000
  expect(clock.secondsLeft(2, 10)).toBe(16)
  now = 4000
  expect(clock.secondsLeft(3, 10)).toBe(14)
})
