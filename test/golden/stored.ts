import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import type { ByteSource } from '../../src/engine/runtime.ts'
import type { FloatTensor } from '../../src/engine/tensor.ts'
import type { StoredNetwork, Weights } from '../../src/engine/weights.ts'

function fileSource(name: string): ByteSource {
  const bytes = readFileSync(fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url)))
  return {
    name,
    size: bytes.length,
    read: (offset, length) => new Uint8Array(bytes.subarray(offset, offset + length)),
  }
}

/** The tensors of a fixture that holds one network or one collection of arrays. */
export function fixtureWeights(name: string): Weights {
  const [network] = openCheckpoint(fileSource(name)).networks
  if (network === undefined) throw new Error(`${name} holds nothing`)
  return network.weights
}

/** All networks of a fixture, as they stand in the file. */
export function fixtureNetworks(file: string): readonly StoredNetwork[] {
  return openCheckpoint(fileSource(file)).networks
}

/** The network of that name in a fixture that holds several: G_ema, D. */
export function fixtureNetwork(file: string, name: string): StoredNetwork {
  const network = fixtureNetworks(file).find((found) => found.name === name)
  if (network === undefined) throw new Error(`${file} has no ${name}`)
  return network
}

/** The array of that name in a .npz. */
export function fixtureArray(file: string, name: string): FloatTensor {
  const stored = fixtureWeights(file).get(name)
  if (stored === undefined) throw new Error(`${file} has no ${name}`)
  return stored.float32()
}
