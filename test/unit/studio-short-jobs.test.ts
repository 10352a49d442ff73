import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import type { EngineClient } from '../../src/node/engine/client.ts'
import { shortJobs } from '../../src/node/engine/short-jobs.ts'

/** Engines whose jobs end when the test says so. */
function fakeEngines() {
  const engines: { started: string[]; closed: boolean; lost: boolean; end(error?: Error): void }[] = []
  const start = (): EngineClient => {
    let settle: ((error?: Error) => void) | undefined
    const state = {
      started: [] as string[],
      closed: false,
      lost: false,
      end: (error?: Error) => settle?.(error),
    }
    engines.push(state)
    return {
      start(job, parameters) {
        state.started.push(job)
        const outcome = new Promise<never>((resolve, reject) => {
          settle = (error) => (error === undefined ? resolve(parameters as never) : reject(error))
        })
        const nothing = () => undefined
        const controls = { stop: nothing, pause: nothing, resume: nothing, steer: nothing, show: nothing }
        return { outcome, ...controls, give: nothing }
      },
      get lost() {
        return state.lost
      },
      close() {
        state.closed = true
        settle?.(new MienError('stopped', 'The engine was closed.'))
      },
    }
  }
  return { engines, start }
}

const soon = () => vi.advanceTimersByTimeAsync(0)

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('short jobs', () => {
  test('wait for one another in one process, started with the first', async () => {
    const { engines, start } = fakeEngines()
    const jobs = shortJobs(start)
    expect(engines).toEqual([])
    const first = jobs.ask('probe', { provider: 'cpu' })
    const second = jobs.ask('probe', { provider: 'webgpu' })
    await soon()
    expect(engines[0]?.started).toEqual(['probe'])
    engines[0]?.end()
    expect(await first).toEqual({ provider: 'cpu' })
    await soon()
    engines[0]?.end()
    expect(await second).toEqual({ provider: 'webgpu' })
    expect(engines).toHaveLength(1)
  })

  test('the process ends after a minute of idleness, not during a long job, and another is started', async () => {
    const { engines, start } = fakeEngines()
    const jobs = shortJobs(start)
    const first = jobs.ask('probe', { provider: 'cpu' })
    await vi.advanceTimersByTimeAsync(200_000)
    expect(engines[0]?.closed).toBe(false)
    engines[0]?.end()
    await first
    await vi.advanceTimersByTimeAsync(59_000)
    expect(engines[0]?.closed).toBe(false)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(engines[0]?.closed).toBe(true)
    void jobs.ask('probe', { provider: 'cpu' })
    await soon()
    expect(engines).toHaveLength(2)
  })

  test('a job that is refused leaves the process, a device that fails does not', async () => {
    const { engines, start } = fakeEngines()
    const jobs = shortJobs(start)
    const refused = jobs.ask('probe', { provider: 'cpu' })
    const failed = jobs.ask('probe', { provider: 'cpu' })
    const next = jobs.ask('probe', { provider: 'cpu' })
    await soon()
    engines[0]?.end(new MienError('bad-image', 'No.'))
    await expect(refused).rejects.toThrow('No.')
    await soon()
    expect(engines).toHaveLength(1)
    engines[0]?.end(new MienError('device', 'Gone.'))
    await expect(failed).rejects.toThrow('Gone.')
    await soon()
    expect(engines[0]?.closed).toBe(true)
    engines[1]?.end()
    await next
  })

  test('a process that was lost while it was idle is replaced', async () => {
    const { engines, start } = fakeEngines()
    const jobs = shortJobs(start)
    const first = jobs.ask('probe', { provider: 'cpu' })
    await soon()
    engines[0]?.end()
    await first
    engines[0]!.lost = true
    void jobs.ask('probe', { provider: 'cpu' })
    await soon()
    expect(engines).toHaveLength(2)
  })

  test('closing fails what is under way and what waits', async () => {
    const { engines, start } = fakeEngines()
    const jobs = shortJobs(start)
    const asked = [jobs.ask('probe', { provider: 'cpu' }), jobs.ask('probe', { provider: 'cpu' })]
    const ends = Promise.all(asked.map((job) => expect(job).rejects.toMatchObject({ code: 'stopped' })))
    await soon()
    jobs.close()
    await ends
    expect(engines).toHaveLength(1)
    expect(engines[0]?.closed).toBe(true)
  })
})
