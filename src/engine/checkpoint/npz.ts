import { type Zippable, zipSync } from 'fflate'
import type { Tensor } from '../tensor.ts'
import type { StoredNetwork, StoredTensor } from '../weights.ts'
import type { Budget } from './budget.ts'
import { readNpy, writeNpy } from './npy.ts'
import { joinName, network, noTensors } from './state-dict.ts'
import type { ZipEntries } from './zip.ts'

/** Whether every entry of an archive is an array of NumPy. */
export function isNpz(entries: ZipEntries): boolean {
  return entries.size > 0 && [...entries.keys()].every((name) => name.endsWith('.npy'))
}

/**
 * The arrays of an npz file by name (numpy.savez: entries `name.npy`), in the order of the file. Arrays of texts are
 * left out. Throws MienError.
 */
export function readNpz(entries: ZipEntries, budget: Budget): StoredNetwork[] {
  const weights = new Map<string, StoredTensor>()
  for (const entry of entries.values()) {
    const name = joinName('', entry.name.slice(0, -'.npy'.length), budget)
    const tensor = readNpy(entry.open(), name, budget)
    if (tensor !== undefined) weights.set(name, tensor)
  }
  if (weights.size === 0) throw noTensors(budget)
  return [network('', weights)]
}

/**
 * The bytes of an npz file, uncompressed as numpy.savez writes it, or deflated as numpy.savez_compressed does; the same tensors
 * give the same bytes.
 */
export function writeNpz(
  arrays: Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>,
  deflated = false,
): Uint8Array {
  const files: Zippable = Object.create(null)
  const entries = arrays instanceof Map ? arrays : Object.entries(arrays)
  for (const [name, tensor] of entries) files[`${name}.npy`] = writeNpy(tensor)
  return zipSync(files, { level: deflated ? 6 : 0, mtime: new Date(1980, 0, 1) })
}
