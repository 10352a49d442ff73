import { type FloatTensor, floatTensor } from '../tensor.ts'
import type { StoredNetwork, StoredTensor } from '../weights.ts'

/** A generator with other weights in place of its own, that draws without noise. */
export function withTunedWeights(
  network: StoredNetwork,
  tuned: ReadonlyMap<string, FloatTensor>,
): StoredNetwork {
  const weights = [...network.weights].map(([name, stored]): [string, StoredTensor] => {
    if (name.endsWith('.noise_strength')) return [name, kept(floatTensor(stored.shape, [0]))]
    const weight = tuned.get(name)
    return [name, weight === undefined ? stored : kept(weight)]
  })
  return { ...network, weights: new Map(weights) }
}

function kept(tensor: FloatTensor): StoredTensor {
  return { dtype: 'float32', shape: tensor.shape, read: () => tensor, float32: () => tensor }
}
