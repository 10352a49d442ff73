import type { Budget } from './budget.ts'
import { limits } from './limits.ts'
import {
  PickleBytes,
  PickleCall,
  PickleDict,
  PickleList,
  PickleSet,
  PickleTuple,
  type PickleValue,
} from './pickle-values.ts'
import { refusal } from './refusal.ts'

/** A record without a prototype, so that a key such as `__proto__` is only a key. */
export type PlainRecord = Record<string, unknown>

/**
 * A pickle's value as plain data: numbers, texts, booleans, null, arrays, and records without a prototype. NumPy's
 * numbers become numbers; what is not data (tensors, objects, keys that are no texts) becomes null or is left out.
 */
export function plainData(value: PickleValue, budget: Budget, depth = 0): unknown {
  budget.charge('visits')
  if (depth > limits.depth) {
    throw refusal('bad-file', `The settings in "${budget.file}" nest too deeply.`, { file: budget.file })
  }
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof PickleDict) return plainRecord(value, budget, depth)
  if (value instanceof PickleList || value instanceof PickleTuple || value instanceof PickleSet) {
    return value.items.map((item) => plainData(item, budget, depth + 1))
  }
  return value instanceof PickleCall ? numpyScalar(value) : null
}

/** A dict as a record without a prototype; entries whose key is no text are left out. */
export function plainRecord(dict: PickleDict, budget: Budget, depth = 0): PlainRecord {
  const record: PlainRecord = Object.create(null)
  for (const [key, item] of dict.entries) {
    if (typeof key === 'string') record[key] = plainData(item, budget, depth + 1)
  }
  return record
}

/** How NumPy's type codes are read; the data are little-endian. */
const scalarReaders: Readonly<Record<string, (view: DataView) => number | boolean>> = {
  b1: (view) => view.getUint8(0) !== 0,
  i1: (view) => view.getInt8(0),
  u1: (view) => view.getUint8(0),
  i2: (view) => view.getInt16(0, true),
  u2: (view) => view.getUint16(0, true),
  i4: (view) => view.getInt32(0, true),
  u4: (view) => view.getUint32(0, true),
  i8: (view) => Number(view.getBigInt64(0, true)),
  u8: (view) => Number(view.getBigUint64(0, true)),
  f4: (view) => view.getFloat32(0, true),
  f8: (view) => view.getFloat64(0, true),
}

/** `numpy.core.multiarray.scalar(dtype(code), bytes)`; null for anything else. */
function numpyScalar(call: PickleCall): number | boolean | null {
  const [type, bytes] = call.args.items
  const isScalar = call.callee.name.endsWith('.multiarray.scalar')
  if (!isScalar || !(type instanceof PickleCall) || !(bytes instanceof PickleBytes)) return null
  const [code] = type.args.items
  if (typeof code !== 'string' || !Object.hasOwn(scalarReaders, code)) return null
  if (bytes.source.size !== Number(code.slice(1))) return null
  const raw = bytes.source.read(0, bytes.source.size)
  return scalarReaders[code]!(new DataView(raw.buffer, raw.byteOffset, raw.length))
}
