import * as v from 'valibot'
import { sha256 } from '../fields.ts'
import { floatTensor } from '../tensor.ts'
import { type StoredNetwork, type StoredTensor, storedFloats } from '../weights.ts'

/**
 * A generator with other weights in place of its own, that draws without noise.
 *
 * @param hash SHA-256 of the file of the generator, which stays known as `originalHash`
 */
export function withTunedWeights(
  network: StoredNetwork,
  tuned: ReadonlyMap<string, StoredTensor>,
  hash: string,
): StoredNetwork {
  const weights = [...network.weights].map(([name, stored]): [string, StoredTensor] => {
    if (name.endsWith('.noise_strength')) return [name, storedFloats(floatTensor(stored.shape, [0]))]
    return [name, tuned.get(name) ?? stored]
  })
  return { ...network, weights: new Map(weights), init: { ...network.init, [tunedFrom]: hash } }
}

const tunedFrom = 'tuned_from'

/** The SHA-256 of the file of the generator that this one was tuned from; undefined where it was not, or does not say. */
export function originalHash({ init }: Pick<StoredNetwork, 'init'>): string | undefined {
  const hash = init[tunedFrom]
  return v.is(sha256, hash) ? hash : undefined
}
