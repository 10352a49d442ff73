import { afterAll, expect, test, vi } from 'vitest'
import { full } from '../full.ts'
import { dice } from './dice.ts'
import { createWorkload, type Expected, storeOnDisk, verify } from './project-workload.ts'
import {
  afterPowerLoss,
  clonedDisk,
  type DiskControl,
  emptyDisk,
  fates,
  pathsOn,
  type SimulatedDisk,
} from './simulated-disk.ts'

const layer = vi.hoisted(() => ({
  disk: undefined as unknown as SimulatedDisk,
  beforeSync: undefined as (() => void) | undefined,
  meet(call) {
    if (call === 'sync') layer.beforeSync?.()
    return undefined
  },
})) as DiskControl & { beforeSync: (() => void) | undefined }

vi.mock('node:fs/promises', async () => (await import('./simulated-disk.ts')).simulatedCalls(layer))
// Whoever wrote before the power went is gone.
vi.mock('../../src/node/host/processes.ts', () => ({ isAlive: () => false }))

const seeds = full ? 200 : 4
const steps = 8
const total = { points: 0, losses: 0 }

afterAll(() => {
  console.info(
    `power loss: ${total.points} sync points of ${seeds} seeds, ${total.losses} losses of power, all projects whole`,
  )
})

test.each(Array.from({ length: seeds }, (_, seed) => seed))(
  'power lost at any sync point leaves every project readable and what was acknowledged (seed %i)',
  async (seed) => {
    const random = dice(seed * 7919 + 1)
    layer.disk = emptyDisk()
    layer.beforeSync = undefined
    const store = storeOnDisk()
    const workload = createWorkload(store, random)
    const points: { readonly disk: SimulatedDisk; readonly expected: Expected }[] = []
    const remember = () => points.push({ disk: clonedDisk(layer.disk), expected: new Map(workload.expected) })
    layer.beforeSync = remember
    for (let n = 0; n < steps; n++) {
      await workload.step()
      remember()
    }
    layer.beforeSync = undefined
    await store.dispose()
    expect(points.length).toBeGreaterThan(steps)
    for (const [n, { disk, expected }] of points.entries()) {
      for (const fate of fates) {
        layer.disk = afterPowerLoss(clonedDisk(disk), fate, dice(seed * 1000 + n))
        await verify(expected).catch((error: unknown) => {
          throw new Error(`at point ${n}, fate "${fate}": ${pathsOn(layer.disk).join('\n')}`, {
            cause: error,
          })
        })
        expect(pathsOn(layer.disk).filter((path) => path.endsWith('.tmp'))).toEqual([])
        total.losses++
      }
    }
    total.points += points.length
  },
  600_000,
)
