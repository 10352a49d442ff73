import { writeNpz } from '../checkpoint/npz.ts'
import { MienError } from '../errors.ts'
import { toFloat16 } from '../half.ts'
import { floatTensor, type Tensor } from '../tensor.ts'
import type { StoredNetwork, StoredTensor } from '../weights.ts'
import { withTunedWeights } from './tuned-network.ts'

/** The key of the original's SHA-256: its 32 bytes. */
const hashKey = 'original_sha256'

/**
 * What was changed in a generator that was tuned, as a deflated npz file: for every weight that is another, its difference from
 * the original in float16, by the names of the checkpoint; and `original_sha256`, 32 bytes. Strengths of the noise are left
 * out: what is tuned draws without.
 *
 * @param hash SHA-256 of the original's file, in hexadecimal digits
 * @throws MienError 'mismatch' for networks of other shapes
 */
export function writeDifference(tuned: StoredNetwork, original: StoredNetwork, hash: string): Uint8Array {
  const differences = new Map<string, Tensor>([[hashKey, bytesOfHash(hash)]])
  for (const [name, weight] of tuned.weights) {
    if (name.endsWith('.noise_strength')) continue
    const before = counterpart(original, name, weight).float32().data
    const halves = toFloat16(weight.float32().data.map((value, i) => value - before[i]!))
    if (halves.some((half) => half !== 0)) {
      differences.set(name, { dtype: 'float16', shape: weight.shape, data: halves })
    }
  }
  return writeNpz(differences, true)
}

/** The SHA-256 of the original's file where a network is a difference from it; undefined for any other. */
export function originalOfDifference({ weights }: StoredNetwork): string | undefined {
  const stored = weights.get(hashKey)
  if (stored?.dtype !== 'uint8' || stored.shape.join() !== '32') return undefined
  return Array.from(stored.read().data as Uint8Array, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * The generator that was tuned, whole again, each weight within half a unit of the last place of its difference in float16.
 * Throws MienError 'mismatch' for a difference from another generator.
 */
export function withDifference(original: StoredNetwork, difference: StoredNetwork): StoredNetwork {
  const hash = originalOfDifference(difference)
  if (hash === undefined) throw new Error('a difference without its original')
  const changed = [...difference.weights].filter(([name]) => name !== hashKey)
  const tuned = changed.map(([name, step]) => [name, sum(counterpart(original, name, step), step)] as const)
  return withTunedWeights(original, new Map(tuned), hash)
}

/** Computed when it is asked for. */
function sum(original: StoredTensor, step: StoredTensor): StoredTensor {
  const float32 = () => {
    const steps = step.float32().data
    return floatTensor(
      original.shape,
      original.float32().data.map((value, i) => value + steps[i]!),
    )
  }
  return { dtype: 'float32', shape: original.shape, read: float32, float32 }
}

function counterpart(original: StoredNetwork, name: string, { shape }: StoredTensor): StoredTensor {
  const found = original.weights.get(name)
  if (found?.shape.join() === shape.join()) return found
  throw new MienError(
    'mismatch',
    `The generator does not fit its original, which has no "${name}" of [${shape.join(', ')}].`,
    { name, hint: 'Take it once more from the run that made it.' },
  )
}

function bytesOfHash(hash: string): Tensor {
  const data = Uint8Array.from({ length: 32 }, (_, i) => Number.parseInt(hash.slice(2 * i, 2 * i + 2), 16))
  return { dtype: 'uint8', shape: [32], data }
}
