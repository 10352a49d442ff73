import { describe, expect, test } from 'vitest'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { toFloat16 } from '../../src/engine/half.ts'
import {
  originalOfDifference,
  withDifference,
  writeDifference,
} from '../../src/engine/projection/generator-difference.ts'
import { originalHash, withTunedWeights } from '../../src/engine/projection/tuned-network.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import { type StoredNetwork, storedFloats } from '../../src/engine/weights.ts'
import { fixtureNetwork } from './stored.ts'

const original = fixtureNetwork('tiny64/generator.pkl', 'G_ema')
const hash = '0123456789abcdef'.repeat(4)
const moved = 'synthesis.b8.conv0.weight'

/** The fixture's generator with one weight that is a little other, and without noise. */
function tuned(): StoredNetwork {
  const { shape, data } = original.weights.get(moved)!.float32()
  const weight = floatTensor(
    shape,
    data.map((value, i) => value + Math.sin(i) / 100),
  )
  return withTunedWeights(original, new Map([[moved, storedFloats(weight)]]), hash)
}

const read = (bytes: Uint8Array) => openCheckpoint(memorySource(bytes, 'difference.npz')).networks[0]!

describe('the difference of a generator that was tuned', () => {
  const bytes = writeDifference(tuned(), original, hash)
  const difference = read(bytes)

  test('holds what is other, in float16, and the hash of the original', () => {
    expect([...difference.weights.keys()]).toEqual(['original_sha256', moved])
    expect(difference.weights.get(moved)!.dtype).toBe('float16')
    expect(originalOfDifference(difference)).toBe(hash)
    expect(originalOfDifference(original)).toBeUndefined()
    const halves = 2 * original.weights.get(moved)!.float32().data.length
    expect(bytes.length).toBeLessThan(halves)
  })

  test('gives the generator again, as near as float16 has the steps', () => {
    const whole = withDifference(original, difference)
    const wanted = tuned()
    expect([...whole.weights.keys()]).toEqual([...wanted.weights.keys()])
    expect(originalHash(whole)).toBe(hash)
    for (const [name, stored] of whole.weights) {
      const { shape, data } = wanted.weights.get(name)!.float32()
      expect(stored.shape).toEqual(shape)
      // Half a unit in the last place of the largest step, 1/100.
      const gap = name === moved ? 2 ** -18 : 0
      const found = stored.float32().data
      expect(Math.max(...data.map((value, i) => Math.abs(value - found[i]!)))).toBeLessThanOrEqual(gap)
    }
    const before = original.weights.get(moved)!.float32().data
    const step = wanted.weights
      .get(moved)!
      .float32()
      .data.map((value, i) => value - before[i]!)
    expect(difference.weights.get(moved)!.read().data).toEqual(toFloat16(step))
  })

  test('is refused beside another generator', () => {
    const other = fixtureNetwork('tiny512/generator.pkl', 'G_ema')
    expect(() => withDifference(other, difference)).toThrow(expect.objectContaining({ code: 'mismatch' }))
    expect(() => writeDifference(tuned(), other, hash)).toThrow(expect.objectContaining({ code: 'mismatch' }))
  })
})
