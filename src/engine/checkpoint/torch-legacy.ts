import type { ByteSource } from '../runtime.ts'
import type { StoredNetwork } from '../weights.ts'
import type { Budget } from './budget.ts'
import { ByteCursor } from './byte-cursor.ts'
import { sliceSource } from './byte-source.ts'
import { storedNetworks } from './persistence.ts'
import { readPickle } from './pickle-machine.ts'
import { PersistentId, PickleDict, PickleList, type PickleValue } from './pickle-values.ts'
import { quoted, refusal } from './refusal.ts'
import { storageReference, type TorchStorage } from './torch-storage.ts'
import { TensorReader } from './torch-tensor.ts'

/** LONG1 with the magic number 0x1950a86a20f9469cfc6c, then STOP: the first pickle of every file before torch 1.6. */
const magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e]

/** Where the magic number's pickle ends, of protocol 2 or, with a frame, later; undefined where there is none. */
function magicEnd(source: ByteSource): number | undefined {
  const head = source.read(0, Math.min(source.size, 2 + 9 + magic.length))
  const begin = head[2] === 0x95 ? 11 : 2
  return head[0] === 0x80 && magic.every((byte, i) => byte === head[begin + i])
    ? begin + magic.length
    : undefined
}

/** Whether `source` is torch's legacy stream. */
export function isTorchLegacy(source: ByteSource): boolean {
  return magicEnd(source) !== undefined
}

/** The object of a legacy stream, and what turns its records into tensors. */
export interface LegacyStream {
  readonly value: PickleValue
  readonly find: (record: unknown) => TorchStorage
}

/** Reads a file of torch.save before 1.6. Throws MienError. */
export function readTorchLegacy(source: ByteSource, budget: Budget): StoredNetwork[] {
  const { value, find } = readLegacyStream(source, 0, budget)
  return storedNetworks(value, new TensorReader(find, budget))
}

/**
 * Reads the five pickles of a legacy stream (magic number, version 1001, system, object, keys of storages) and
 * finds the storages behind them, each a count of 64 bits and its elements. `base` is the offset of `source` in
 * the file. Throws MienError.
 */
export function readLegacyStream(source: ByteSource, base: number, budget: Budget): LegacyStream {
  const fault = (offset: number, what: string) =>
    refusal('bad-file', `The torch file "${budget.file}" ${what}.`, { file: budget.file, offset })
  let position = magicEnd(source) ?? 0
  const next = (persistent = false): PickleValue => {
    const { value, end } = readPickle(source, position, { grammar: 'torch', budget, persistent, base })
    position = end
    return value
  }
  if (position === 0) throw fault(base, 'does not begin with the magic number')
  if (next() !== 1001) throw fault(base + position, 'is of a version that does not exist')
  const system = next()
  if (!(system instanceof PickleDict) || system.entries.get('little_endian') !== true) {
    throw fault(base + position, 'was not written on a little-endian machine')
  }
  const value = next(true)
  const keysAt = position
  const keys = next()
  if (!(keys instanceof PickleList)) throw fault(base + keysAt, 'has no list of storages')
  const keysOf = new Set<string>()
  for (const key of keys.items) {
    if (typeof key !== 'string') throw fault(base + keysAt, 'has a storage without a key')
    if (keysOf.has(key)) throw fault(base + keysAt, 'has a storage twice')
    keysOf.add(key)
  }
  const storages = locate(value, new ByteCursor(source, position), base, keysOf, budget, fault)
  const find = (record: unknown): TorchStorage => {
    const reference = record instanceof PersistentId ? storageReference(record, budget) : undefined
    if (reference === undefined) throw fault(base + keysAt, 'has a tensor without a storage')
    const { dtype, key, size, window } = reference
    const begin = storages.get(key)
    if (begin === undefined) throw fault((record as PersistentId).offset, `lacks the storage ${quoted(key)}`)
    const [first, length] = window ?? [0, size]
    return { dtype, bytes: sliceSource(source, begin + first, length) }
  }
  return { value, find }
}

/**
 * Where each storage begins. Only the references say how long an element is, so that the object is searched for
 * them; one reference a storage suffices, and all must agree on its bytes.
 */
function locate(
  value: PickleValue,
  cursor: ByteCursor,
  base: number,
  keys: ReadonlySet<string>,
  budget: Budget,
  fault: (offset: number, what: string) => Error,
): Map<string, number> {
  const sizes = new Map<string, { size: number; count: number }>()
  for (const id of references(value, budget)) {
    const { key, size } = storageReference(id, budget)
    const count = id.parts.items[4] as number
    const known = sizes.get(key)
    if (known !== undefined && known.size !== size)
      throw fault(id.offset, `has the storage ${quoted(key)} in two sizes`)
    if (!keys.has(key)) throw fault(id.offset, `lacks the storage ${quoted(key)}`)
    sizes.set(key, { size, count })
  }
  const places = new Map<string, number>()
  for (const key of keys) {
    const at = base + cursor.position
    const known = sizes.get(key)
    if (known === undefined) throw fault(at, `has a storage that nothing refers to (${quoted(key)})`)
    if (cursor.u64() !== known.count) throw fault(at, `has the storage ${quoted(key)} in two sizes`)
    places.set(key, cursor.skip(known.size))
  }
  if (cursor.remaining > 0) throw fault(base + cursor.position, 'goes on after its last storage')
  return places
}

/** Every reference to a storage inside a value, each value visited once. */
function references(root: PickleValue, budget: Budget): PersistentId[] {
  const found: PersistentId[] = []
  const seen = new Set<object>()
  const open: PickleValue[] = [root]
  while (open.length > 0) {
    const value = open.pop()
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    seen.add(value)
    budget.charge('visits')
    if (value instanceof PersistentId) found.push(value)
    else if (value instanceof PickleDict) {
      for (const [key, item] of value.entries) open.push(key, item)
    } else if ('args' in value) {
      open.push(value.args, value.state ?? null)
    } else if ('items' in value) {
      for (const item of value.items) open.push(item)
    }
  }
  return found
}
