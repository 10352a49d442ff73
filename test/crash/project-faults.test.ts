import { afterAll, expect, test, vi } from 'vitest'
import { MienError } from '../../src/engine/errors.ts'
import type { ProjectStore } from '../../src/node/projects/project-store.ts'
import { full } from '../full.ts'
import { dice } from './dice.ts'
import { diskFaults } from './disk-faults.ts'
import { createWorkload, type Expected, storeOnDisk, verify } from './project-workload.ts'
import { afterPowerLoss, type DiskControl, emptyDisk, pathsOn, type SimulatedDisk } from './simulated-disk.ts'

/** The n-th call meets the fault. */
const layer = vi.hoisted(() => ({
  disk: undefined as unknown as SimulatedDisk,
  calls: 0,
  failing: 0,
  fault: '',
  dead: false,
  meet(call) {
    // Only writes can be short.
    if (layer.fault === 'short write' && call !== 'write') return undefined
    layer.calls++
    if (layer.dead) throw Object.assign(new Error('no power'), { code: 'EIO' })
    if (layer.calls !== layer.failing) return undefined
    if (layer.fault === 'short write') {
      // A full disk takes a part first, and then nothing.
      Object.assign(layer, { failing: layer.calls + 1, fault: 'ENOSPC' })
      return 'short'
    }
    layer.dead = layer.fault === 'power loss'
    throw Object.assign(new Error(`injected at ${call}`), { code: layer.dead ? 'EIO' : layer.fault })
  },
})) as DiskControl & { calls: number; failing: number; fault: string; dead: boolean }

vi.mock('node:fs/promises', async () => (await import('./simulated-disk.ts')).simulatedCalls(layer))
vi.mock('../../src/node/host/processes.ts', () => ({ isAlive: () => false }))

function arm(failing: number, fault: string): void {
  Object.assign(layer, { calls: 0, failing, fault, dead: false })
}

/** The program that met the fault can still change every project that is surely there. */
async function goOn(store: ProjectStore, expected: Expected): Promise<void> {
  for (const [id, allowed] of expected) {
    if (allowed.every(({ where }) => where === 'library')) {
      await store.open(id)
      await store.change(id, (project) => ({ ...project }))
    }
  }
}

const seeds = full ? 6 : 2
/** A sample takes each call with some of the faults. */
const stride = full ? 1 : 8
const total = { calls: 0, refused: 0 }

afterAll(() => {
  console.info(
    `faults of the disk: ${total.calls}, of which ${total.refused} were refused; no project was harmed`,
  )
})

/** The same work every time, of which the last step is watched; gives its workload and how it ended. */
async function watchedWork(seed: number, failing: number, fault: string) {
  layer.disk = emptyDisk()
  arm(0, '')
  const store = storeOnDisk()
  const workload = createWorkload(store, dice(seed * 104_729 + 3))
  for (let n = 0; n < 6 + (seed % 5); n++) await workload.step()
  arm(failing, fault)
  const error = await workload.step().then(
    () => undefined,
    (error: unknown) => error,
  )
  const { calls, dead } = layer
  arm(0, '')
  return { store, workload, error, calls, dead }
}

test.each(diskFaults.map((fault, n) => [fault, n] as const))(
  '%s in any call harms no project, and is told in a sentence',
  async (fault, number) => {
    let refused = 0
    for (let seed = 0; seed < seeds; seed++) {
      const untouched = await watchedWork(seed, 0, fault)
      await untouched.store.dispose()
      const every = fault === 'short write' ? 1 : stride
      for (let failing = 1 + (number % every); failing <= untouched.calls; failing += every) {
        const { store, workload, error, dead } = await watchedWork(seed, failing, fault)
        const where = `call ${failing} of seed ${seed}`
        if (error !== undefined) {
          refused++
          expect(error, where).toBeInstanceOf(MienError)
          expect(['unwritable', 'unreadable-file', 'wrong-use'], where).toContain((error as MienError).code)
          expect((error as MienError).message).toMatch(/\.$/)
        }
        if (dead) layer.disk = afterPowerLoss(layer.disk, 'nothing', dice(seed))
        else await goOn(store, workload.expected)
        await store.dispose()
        await verify(workload.expected).catch((cause: unknown) => {
          throw new Error(`${where}, after ${error}: ${pathsOn(layer.disk).join('\n')}`, { cause })
        })
        expect(pathsOn(layer.disk).filter((path) => path.endsWith('.tmp'))).toEqual([])
        total.calls++
      }
    }
    total.refused += refused
    expect(refused).toBeGreaterThan(0)
  },
  900_000,
)
