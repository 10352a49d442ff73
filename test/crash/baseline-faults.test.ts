import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { writeFileAtomic } from '../../src/node/host/files.ts'
import { diskFaults } from './disk-faults.ts'

/** The n-th call meets the fault; a short write takes half of what it is given and says so. */
const layer = vi.hoisted(() => ({
  calls: 0,
  failing: 0,
  fault: '',
  meet(call: string): boolean {
    if (this.fault === 'short write' && call !== 'write') return false
    this.calls++
    if (this.calls !== this.failing) return false
    if (this.fault === 'short write') return true
    throw Object.assign(new Error(`injected at ${call}`), { code: this.fault })
  },
}))

vi.mock('node:fs/promises', async (importReal) => {
  const real = await importReal<typeof import('node:fs/promises')>()
  const watched = (handle: FileHandle) =>
    new Proxy(handle, {
      get(target, key) {
        const value = Reflect.get(target, key)
        if (typeof value !== 'function' || key === 'close') return value
        return async (...args: unknown[]) => {
          const short = layer.meet(String(key))
          if (short) args[2] = Math.ceil(Number(args[2]) / 2)
          return Reflect.apply(value, target, args)
        }
      },
    })
  return {
    ...real,
    async open(...args: Parameters<typeof real.open>) {
      layer.meet('open')
      return watched(await real.open(...args))
    },
    async rename(...args: Parameters<typeof real.rename>) {
      layer.meet('rename')
      return real.rename(...args)
    },
  }
})

/** The same for calls that answer with a callback, as the library makes them. */
const require = createRequire(import.meta.url)
const fs = require('node:fs') as Record<string, (...args: unknown[]) => void>
const names = ['open', 'write', 'fsync', 'rename'] as const
const real = Object.fromEntries(names.map((name) => [name, fs[name]!]))
for (const name of names) {
  fs[name] = (...args) => {
    const answer = args.at(-1) as (error: unknown) => void
    try {
      if (layer.meet(name)) args[3] = Math.ceil(Number(args[3]) / 2)
    } catch (error) {
      answer(error)
      return
    }
    real[name]!(...args)
  }
}
afterAll(() => {
  Object.assign(fs, real)
})

type Writer = (path: string, content: Uint8Array) => Promise<void>
const library: Writer = require('write-file-atomic')

const [before, after] = [Buffer.alloc(30_000, 'a'), Buffer.alloc(20_000, 'b')]

/** How often a file was neither what it had been nor, where that was said, what it was to be. */
async function harmed(write: Writer): Promise<readonly [harmed: number, faults: number]> {
  const folder = mkdtempSync(join(tmpdir(), 'mien-baseline-'))
  const path = join(folder, 'file')
  let [wrong, all] = [0, 0]
  // A library cannot live on after the power is lost; that is for the simulated disk.
  for (const fault of diskFaults.filter((fault) => fault !== 'power loss')) {
    for (let failing = 1; ; failing++) {
      Object.assign(layer, { calls: 0, failing: 0 })
      writeFileSync(path, before)
      Object.assign(layer, { calls: 0, failing, fault })
      const told = await write(path, after).then(
        () => true,
        () => false,
      )
      const met = layer.calls >= failing
      Object.assign(layer, { calls: 0, failing: 0 })
      if (!met) break
      all++
      const found = readFileSync(path)
      if (!found.equals(after) && (told || !found.equals(before))) wrong++
    }
  }
  rmSync(folder, { recursive: true })
  return [wrong, all]
}

test('where write-file-atomic harms a file, Mien does not', async () => {
  const [ours, ourFaults] = await harmed(writeFileAtomic)
  const [theirs, theirFaults] = await harmed(library)
  console.info(
    `files harmed by faults of the disk: Mien ${ours} of ${ourFaults}, write-file-atomic ${theirs} of ${theirFaults}`,
  )
  expect(ours).toBe(0)
  expect(ourFaults).toBeGreaterThan(20)
  expect(theirs).toBeGreaterThan(0)
})
