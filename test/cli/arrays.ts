import { readFileSync } from 'node:fs'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import type { StoredTensor } from '../../src/engine/weights.ts'

/** The arrays of an npz file by name. */
export function readNpzFile(path: string): ReadonlyMap<string, StoredTensor> {
  const bytes = readFileSync(path)
  return openCheckpoint(memorySource(new Uint8Array(bytes), path)).networks[0]!.weights
}

/** The numbers of one array. */
export function numbersOf(arrays: ReadonlyMap<string, StoredTensor>, name: string): Float32Array {
  return arrays.get(name)!.float32().data
}

/** The largest difference between two arrays, relative to the largest entry of the second. */
export function relativeError(found: Float32Array, expected: Float32Array): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0)
  return found.length === expected.length ? worst / largest : Number.POSITIVE_INFINITY
}
