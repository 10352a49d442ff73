import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import type { TimedImage } from '../../src/engine/track/face-tracker.ts'
import { frameIntake } from '../../src/node/studio/frame-intake.ts'

afterEach(() => {
  vi.useRealTimers()
})

const frameAt = (time: number): TimedImage => ({
  time,
  image: { width: 1, height: 1, data: new Uint8Array(3) },
})

/** Takes so many frames at most; gives their times, and tells whether it was given up. */
function taking(most = Number.POSITIVE_INFINITY) {
  const state = { times: [] as number[], aborted: false, left: false }
  const make = async (frames: AsyncIterable<TimedImage>, signal: AbortSignal) => {
    signal.addEventListener('abort', () => {
      state.aborted = true
    })
    try {
      for await (const { time } of frames) {
        state.times.push(time)
        if (state.times.length === most) break
      }
      return state.times
    } finally {
      state.left = true
    }
  }
  return { make, state }
}

describe('frames that are sent one by one', () => {
  test('are taken in order, and what is made of them comes with the end', async () => {
    const intake = frameIntake(taking().make)
    for (const time of [0, 1, 5]) expect(await intake.give(frameAt(time))).toBe(true)
    expect(await intake.end()).toEqual([0, 1, 5])
    expect(await intake.give(frameAt(6))).toBe(false)
  })

  test('wait until whoever takes them is ready, and no second one is let in', async () => {
    let goOn: () => void = () => undefined
    const busy = new Promise<void>((resolve) => {
      goOn = resolve
    })
    const intake = frameIntake(async (frames) => {
      for await (const _ of frames) await busy
    })
    expect(await intake.give(frameAt(0))).toBe(true)
    let answered = false
    const second = intake.give(frameAt(1)).then((wanted) => {
      answered = wanted
    })
    for (let i = 0; i < 20; i++) await setImmediate()
    expect(answered).toBe(false)
    await expect(intake.give(frameAt(2))).rejects.toMatchObject({ code: 'wrong-use' })
    goOn()
    await second
    expect(answered).toBe(true)
    await intake.end()
  })

  test('are not wanted any more once enough were taken', async () => {
    const intake = frameIntake(taking(2).make)
    expect(await intake.give(frameAt(0))).toBe(true)
    await intake.give(frameAt(1))
    expect(await intake.give(frameAt(2))).toBe(false)
    expect(await intake.end()).toEqual([0, 1])
  })

  test('fail with what the making failed with, also one that waits', async () => {
    const broken = new MienError('device', 'The engine process ended unexpectedly.')
    let fail: () => void = () => undefined
    const intake = frameIntake(async (frames) => {
      for await (const _ of frames) break
      await new Promise<void>((_, reject) => {
        fail = () => reject(broken)
      })
    })
    await intake.give(frameAt(0))
    const waiting = intake.give(frameAt(1))
    await setImmediate()
    fail()
    await expect(waiting).rejects.toBe(broken)
    await expect(intake.give(frameAt(2))).rejects.toBe(broken)
    await expect(intake.end()).rejects.toBe(broken)
  })

  test('are given up as soon as that is asked for', async () => {
    const { make, state } = taking()
    const intake = frameIntake(make)
    await intake.give(frameAt(0))
    await intake.cancel()
    expect(state).toMatchObject({ aborted: true, left: true })
    await expect(intake.give(frameAt(1))).rejects.toMatchObject({ code: 'stopped' })
    await expect(intake.end()).rejects.toMatchObject({ code: 'stopped' })
  })

  test('are given up when none has come for a minute, but not while one is being taken', async () => {
    vi.useFakeTimers()
    const { make, state } = taking()
    const intake = frameIntake(make)
    await vi.advanceTimersByTimeAsync(59_000)
    await intake.give(frameAt(0))
    await vi.advanceTimersByTimeAsync(59_000)
    expect(state.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(state).toMatchObject({ aborted: true, left: true })

    const slow = frameIntake(
      (frames) =>
        new Promise<void>((resolve) => {
          setTimeout(async () => {
            for await (const _ of frames);
            resolve()
          }, 300_000)
        }),
    )
    const taken = slow.give(frameAt(0))
    await vi.advanceTimersByTimeAsync(299_000)
    await vi.advanceTimersByTimeAsync(2_000)
    expect(await taken).toBe(true)
    await slow.end()
  })
})
