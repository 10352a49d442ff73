import { readFileSync } from 'node:fs'
import { unzipSync, zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { writeNpy } from '../../src/engine/checkpoint/npy.ts'
import { writeNpz } from '../../src/engine/checkpoint/npz.ts'
import { writeSafetensors } from '../../src/engine/checkpoint/safetensors.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import { full } from '../full.ts'
import { mutate, randomSource } from './mutator.ts'
import { outcomeOf } from './reading.ts'

const rounds = full ? 20_000 : 2000
const seed = 20_260_801

const file = (name: string) => new Uint8Array(readFileSync(`test/fixtures/torch/${name}`))
const arrays = { w: floatTensor([2, 3], [1, 2, 3, 4, 5, 6]), 'noise/b4': floatTensor([4], [0, 1, 0, 1]) }

/** Small files of every reader. */
const seeds: Readonly<Record<string, readonly Uint8Array[]>> = {
  'torch archives': ['zip-float32-dense.pth', 'zip-float16-views.pth', 'training.pth', 'protocol-4.pth'].map(
    file,
  ),
  'legacy streams': [
    'legacy-float32-dense.pth',
    'legacy-int64-views.pth',
    'training-legacy.pth',
    'ancient.pth',
  ].map(file),
  'plain pickles': ['pickle-float32-dense.pkl', 'protocol-0.pkl', 'protocol-2.pkl', 'protocol-5.pkl'].map(
    file,
  ),
  'NVIDIA pickles': [file('persistent.pkl'), file('persistent-protocol-2.pkl')],
  TorchScript: ['traced-float32.pt', 'scripted-float16.pt'].map(file),
  npz: [writeNpz(arrays)],
  npy: [writeNpy(arrays.w)],
  safetensors: [writeSafetensors(arrays, { made: 'by hand' })],
}

describe(`${rounds} mutations a reader: typed errors only, none over 2 s`, () => {
  test.for(Object.entries(seeds))('%s', { timeout: 600_000 }, ([name, files]) => {
    const random = randomSource(seed + name.length)
    const counts: Record<string, number> = {}
    let slowest = 0
    for (let round = 0; round < rounds; round++) {
      const original = files[round % files.length]!
      // Half of the changes to archives go below the checksums, into one entry of a new archive.
      const inside = original[0] === 0x50 && random() < 0.5
      const mutated = inside ? mutateEntry(original, random) : mutate(original, random)
      const begin = performance.now()
      const outcome = run(mutated, name, round)
      slowest = Math.max(slowest, performance.now() - begin)
      const kind = 'code' in outcome ? outcome.code : 'read'
      counts[kind] = (counts[kind] ?? 0) + 1
    }
    if (process.env.MIEN_PRINT) console.log(name, counts, `slowest ${slowest.toFixed(1)} ms`)
    expect(slowest).toBeLessThan(2000)
    expect(process.memoryUsage.rss()).toBeLessThan(512 * 2 ** 20)
  })
})

function run(mutated: Uint8Array, name: string, round: number) {
  try {
    return outcomeOf(mutated)
  } catch (cause) {
    throw new Error(`round ${round} of ${name} (seed ${seed}) threw an untyped error`, { cause })
  }
}

function mutateEntry(archive: Uint8Array, random: () => number): Uint8Array {
  const entries = unzipSync(archive)
  const names = Object.keys(entries)
  const pickles = names.filter((name) => name.endsWith('.pkl') || name.endsWith('.npy'))
  const pool = random() < 0.8 && pickles.length > 0 ? pickles : names
  const name = pool[Math.floor(random() * pool.length)]!
  return zipSync(
    { ...entries, [name]: mutate(entries[name]!, random) },
    { level: 0, mtime: new Date(1990, 1, 1) },
  )
}
