import { type FloatTensor, floatTensor } from '../tensor.ts'
import type { StoredNetwork, StoredTensor } from '../weights.ts'

/** The argument of a tuned generator that names what it was tuned from. */
export const tunedFromArgument = 'tuned_from'

/**
 * A generator with other weights in place of its own, that draws without noise.
 *
 * @param from the SHA-256 of the file that holds the generator
 */
export function withTunedWeights(
  network: StoredNetwork,
  tuned: ReadonlyMap<string, FloatTensor>,
  from: string,
): StoredNetwork {
  const weights = [...network.weights].map(([name, stored]): [string, StoredTensor] => {
    if (name.endsWith('.noise_strength')) return [name, kept(floatTensor(stored.shape, [0]))]
    const weight = tuned.get(name)
    return [name, weight === undefined ? stored : kept(weight)]
  })
  return { ...network, weights: new Map(weights), init: { ...network.init, [tunedFromArgument]: from } }
}

function kept(tensor: FloatTensor): StoredTensor {
  return { dtype: 'float32', shape: tensor.shape, read: () => tensor, float32: () => tensor }
}
