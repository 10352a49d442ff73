import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import type { TimedImage } from '../../src/engine/track/face-tracker.ts'
import { startEngine, type WorkerProcess } from '../../src/node/engine/client.ts'
import { startFedJob } from '../../src/node/engine/fed-job.ts'
import { type FromWorker, protocolVersion, type ToWorker } from '../../src/node/engine/protocol.ts'
import { type JobTable, jobServer } from '../../src/node/worker/job-server.ts'

const parameters = { name: 'clip.mp4', number: 1, timescale: 25, count: 3, width: 2, height: 2 }

/** Black frames, and how many of them were decoded, and whether the iteration was left. */
function clip(count: number, failure?: Error) {
  const state = { decoded: 0, left: false }
  async function* frames(): AsyncGenerator<TimedImage> {
    try {
      for (let time = 0; time < count; time++) {
        await setImmediate()
        state.decoded++
        yield { time, image: { width: 2, height: 2, data: new Uint8Array(12) } }
      }
      if (failure !== undefined) throw failure
    } finally {
      state.left = true
    }
  }
  return { frames: frames(), state }
}

/** An engine in this process, whose job `track` is given. */
function engineWith(track: (...job: Parameters<JobTable['track']>) => Promise<unknown>) {
  let listener: (message: FromWorker) => void = () => undefined
  const tell = (message: FromWorker) => listener(structuredClone(message))
  const hear = jobServer({ track } as unknown as JobTable, tell)
  const worker: WorkerProcess = {
    send: (message: ToWorker) => hear(structuredClone(message)),
    onMessage: (heard) => {
      listener = heard
    },
    onExit: () => undefined,
    kill: () => undefined,
  }
  const engine = startEngine(() => worker)
  tell({ kind: 'ready', version: protocolVersion })
  return engine
}

/** A job that takes frames, so many at most, and tells their times. */
const takes = (most = Number.POSITIVE_INFINITY) =>
  engineWith(async (_, __, control) => {
    const times: number[] = []
    for await (const { time } of control.frames()) {
      times.push(time)
      if (times.length === most) break
    }
    return times
  })

describe('the frames of a clip', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('come to the engine in order, and the iteration is left', async () => {
    const { frames, state } = clip(5)
    expect(await startFedJob(takes(), 'track', parameters, frames).outcome).toEqual([0, 1, 2, 3, 4])
    expect(state.left).toBe(true)
  })

  test('are decoded no faster than they are taken', async () => {
    const { frames, state } = clip(5)
    let goOn: () => void = () => undefined
    const engine = engineWith(async (_, __, control) => {
      for await (const { time } of control.frames()) {
        if (time === 1) await new Promise<void>((resolve) => (goOn = resolve))
      }
    })
    const { outcome } = startFedJob(engine, 'track', parameters, frames)
    for (let i = 0; i < 20; i++) await setImmediate()
    expect(state.decoded).toBe(2)
    goOn()
    await outcome
    expect(state.decoded).toBe(5)
  })

  test('are left where the job is over before', async () => {
    const { frames, state } = clip(5)
    expect(await startFedJob(takes(2), 'track', parameters, frames).outcome).toEqual([0, 1])
    expect(state).toEqual({ decoded: 2, left: true })
  })

  test('end early where the job is stopped, which tells what it has', async () => {
    const { frames, state } = clip(1000)
    const { outcome, stop } = startFedJob(takes(), 'track', parameters, frames)
    for (let i = 0; i < 20; i++) await setImmediate()
    stop()
    const times = (await outcome) as unknown as number[]
    expect(times.length).toBeGreaterThan(0)
    expect(times.length).toBeLessThan(1000)
    expect(state.left).toBe(true)
  })

  test('that are damaged fail the job with what the decoder says, and the engine is free again', async () => {
    const engine = takes()
    const damaged = new MienError('bad-file', 'clip.mp4 is damaged somewhere after second 1.')
    const { outcome } = startFedJob(engine, 'track', parameters, clip(2, damaged).frames)
    await expect(outcome).rejects.toBe(damaged)
    expect(await startFedJob(engine, 'track', parameters, clip(1).frames).outcome).toEqual([0])
  })

  test('may take their time: an engine that waits for one is not silent', async () => {
    vi.useFakeTimers()
    async function* slow(): AsyncGenerator<TimedImage> {
      await new Promise((resolve) => setTimeout(resolve, 3_600_000))
      yield* clip(1).frames
    }
    const { outcome } = startFedJob(takes(), 'track', parameters, slow())
    await vi.advanceTimersByTimeAsync(3_700_000)
    expect(await outcome).toEqual([0])
  })
})
