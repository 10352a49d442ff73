import { readdirSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { writeSnapshot } from '../../src/engine/projection/snapshot.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import { diskFaults } from './disk-faults.ts'
import { newRecovery, recoveryIn, temporaryFolder, tinyOrder } from './tiny-run.ts'

/**
 * A file layer over the real one. Its n-th call that changes the disk fails with a code, writes a part only and then
 * fails or goes on, or is the last before the power goes: nothing after it reaches the disk.
 */
const layer = vi.hoisted(() => ({
  calls: 0,
  failing: 0,
  fault: '',
  dead: false,
  /** Throws the fault if it is its turn; true for a write that is to be short. */
  meet(): boolean {
    this.calls++
    if (this.dead) throw Object.assign(new Error('no power'), { code: 'EIO' })
    if (this.calls !== this.failing) return false
    if (this.fault === 'short write') return true
    if (this.fault === 'power loss') this.dead = true
    throw Object.assign(new Error('injected'), { code: this.dead ? 'EIO' : this.fault })
  },
}))

vi.mock('node:fs/promises', async (importReal) => {
  const real = await importReal<typeof import('node:fs/promises')>()
  const watchedHandle = (handle: FileHandle) =>
    new Proxy(handle, {
      get(target, key) {
        const value = Reflect.get(target, key)
        if (typeof value !== 'function') return value
        return async (...args: unknown[]) => {
          if (key === 'close') return target.close()
          const short = layer.meet()
          // A full disk: the first part is taken, what comes after it is not.
          if (short && key === 'write') {
            layer.failing = layer.calls + 1
            layer.fault = 'ENOSPC'
            return target.write(args[0] as Uint8Array, Number(args[1]), Math.ceil(Number(args[2]) / 2))
          }
          if (key === 'write' && layer.dead) return undefined
          return Reflect.apply(value, target, args)
        }
      },
    })
  const watched = <T extends (...args: never[]) => Promise<unknown>>(call: T) =>
    (async (...args: Parameters<T>) => {
      layer.meet()
      return call(...args)
    }) as unknown as T
  return {
    ...real,
    open: async (...args: Parameters<typeof real.open>) => {
      layer.meet()
      return watchedHandle(await real.open(...args))
    },
    rename: watched(real.rename),
    unlink: watched(real.unlink),
    rm: watched(real.rm),
    link: watched(real.link),
    copyFile: watched(real.copyFile),
    mkdir: watched(real.mkdir),
  }
})

function snapshotOf(step: number) {
  const random = new MersenneTwister(step)
  const moments = (shape: readonly number[], size: number) => {
    const tensor = () => floatTensor(shape, random.normals(size))
    return { parameter: tensor(), first: tensor(), second: tensor() }
  }
  const bytes = writeSnapshot({
    projection: { step, latent: moments([1, 1, 8], 8), noise: moments([4000], 4000) },
    random: random.state,
    changes: [],
    fingerprint: { settings: 's', models: 'm', pictures: 'p' },
  })
  return { step, bytes }
}

/** The n-th call from now on meets the fault; none does with 0. */
function arm(failing: number, fault: string): void {
  Object.assign(layer, { calls: 0, failing, fault, dead: false })
}

const total = { calls: 0, refused: 0 }

afterEach(() => arm(0, ''))
afterAll(() => {
  console.info(`${total.calls} faults of the disk: ${total.refused} refused, none lost a snapshot`)
})

describe.each([false, true])('the writer of snapshots (live: %s)', (live) => {
  test.each(diskFaults)('with %s in any call loses nothing that was there and says so', async (fault) => {
    let calls = Number.POSITIVE_INFINITY
    let failures = 0
    for (let failing = 1; failing <= calls; failing++) {
      const folder = temporaryFolder()
      const recovery = await newRecovery(tinyOrder(folder, live ? { live } : {}))
      for (const step of [25, 50]) await recovery.keep(snapshotOf(step))
      await recovery.beginAttempt({ provider: 'cpu', pid: 2 ** 30, started: 'now', from: 50 })
      arm(failing, fault)
      const outcome = await recovery.keep(snapshotOf(75)).then(
        () => undefined,
        (error: unknown) => error,
      )
      calls = layer.failing === 0 || layer.calls < failing ? layer.calls : calls
      arm(0, '')
      if (outcome !== undefined) {
        failures++
        expect(outcome, `call ${failing}`).toBeInstanceOf(MienError)
        expect(outcome).toMatchObject({ code: 'unwritable', hint: expect.any(String) })
      }
      // As the next start finds it.
      await recovery.close()
      const reopened = await recoveryIn(folder)
      const { snapshot } = await reopened.resumePoint()
      const expected = snapshotOf(snapshot!.step)
      expect(outcome === undefined ? [75] : [50, 75], `call ${failing}`).toContain(snapshot!.step)
      expect(Buffer.from(snapshot!.bytes).equals(expected.bytes), `call ${failing}`).toBe(true)
      // The run goes on as if nothing had been.
      await reopened.keep(snapshotOf(100))
      expect((await reopened.resumePoint()).snapshot?.step).toBe(100)
      await reopened.close()
      if (fault !== 'power loss') {
        const left = readdirSync(join(folder, 'recovery')).filter((name) => name.endsWith('.tmp'))
        expect(left, `call ${failing}`).toEqual([])
      }
    }
    total.calls += calls
    total.refused += failures
    expect(failures).toBeGreaterThan(fault === 'short write' ? 0 : 3)
  })
})
