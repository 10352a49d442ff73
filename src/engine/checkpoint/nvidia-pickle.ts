import type { ByteSource } from '../runtime.ts'
import type { StoredNetwork } from '../weights.ts'
import type { Budget } from './budget.ts'
import { storedNetworks } from './persistence.ts'
import { readPickle } from './pickle-machine.ts'
import { PickleBytes, PickleCall } from './pickle-values.ts'
import { refusal } from './refusal.ts'
import { readLegacyStream } from './torch-legacy.ts'
import type { TorchStorage } from './torch-storage.ts'
import { TensorReader } from './torch-tensor.ts'

/**
 * Reads a plain pickle: NVIDIA's of StyleGAN2-ADA and later, a dict of persistent modules (G, D, G_ema), else one of
 * state dicts. Throws MienError.
 */
export function readNvidiaPickle(source: ByteSource, budget: Budget): StoredNetwork[] {
  const { value, end } = readPickle(source, 0, { grammar: 'nvidia', budget })
  if (end !== source.size) {
    throw refusal('bad-file', `The pickle "${budget.file}" goes on after its end.`, {
      file: budget.file,
      offset: end,
    })
  }
  return storedNetworks(value, new TensorReader(nestedStorages(budget), budget))
}

/**
 * Storages of plain pickles: `_load_from_bytes(bytes)`, a legacy stream whose object is the storage itself. The
 * stream is read by torch's list of globals, which has no `_load_from_bytes`, so that nothing nests further.
 */
function nestedStorages(budget: Budget): (record: unknown) => TorchStorage {
  const seen = new Map<PickleCall, TorchStorage>()
  return (record) => {
    const fault = (offset: number) =>
      refusal('bad-file', `A tensor in "${budget.file}" has no storage.`, { file: budget.file, offset })
    if (!(record instanceof PickleCall)) throw fault(0)
    const known = seen.get(record)
    if (known !== undefined) return known
    const [bytes] = record.args.items
    const isStream = record.callee.name === 'torch.storage._load_from_bytes' && bytes instanceof PickleBytes
    if (!isStream) throw fault(record.offset)
    const { value, find } = readLegacyStream(bytes.source, bytes.offset, budget)
    const storage = find(value)
    seen.set(record, storage)
    return storage
  }
}
