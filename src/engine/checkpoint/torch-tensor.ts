import type { StoredTensor } from '../weights.ts'
import type { Budget } from './budget.ts'
import {
  PersistentId,
  PickleCall,
  PickleGlobal,
  PickleList,
  PickleTuple,
  type PickleValue,
} from './pickle-values.ts'
import { quoted, refusal } from './refusal.ts'
import { storedView } from './stored-view.ts'
import { storageType, type TorchStorage } from './torch-storage.ts'

/** Finds the storage that a persistent id or a call of _load_from_bytes stands for. */
export type StorageFinder = (value: PersistentId | PickleCall) => TorchStorage

/** KeyedSerial the records of torch's tensors into stored tensors; a record met again gives the same tensor. */
export class TensorReader {
  readonly budget: Budget
  readonly #find: StorageFinder
  readonly #seen = new Map<PickleCall, StoredTensor>()

  constructor(find: StorageFinder, budget: Budget) {
    this.#find = find
    this.budget = budget
  }

  /**
   * The tensor that `value` describes, or undefined where it describes something else.
   * Throws MienError 'bad-file' for a tensor record that torch could not have written.
   */
  tensor(value: PickleValue, name: string): StoredTensor | undefined {
    const record = unwrap(value, name, this.budget)
    if (record === undefined) return undefined
    const seen = this.#seen.get(record)
    if (seen !== undefined) {
      this.budget.charge('visits')
      return seen
    }
    const tensor = this.#rebuild(record, name)
    this.#seen.set(record, tensor)
    return tensor
  }

  /** _rebuild_tensor(storage, offset, size, stride), _v2 (…, requires_grad, hooks), _v3 (…, dtype). */
  #rebuild(record: PickleCall, name: string): StoredTensor {
    const [storageValue, offset, size, stride] = record.args.items
    const isStorage = storageValue instanceof PersistentId || storageValue instanceof PickleCall
    if (!isStorage || typeof offset !== 'number') throw malformed(record, name, this.budget)
    const storage = this.#find(storageValue)
    const typed = record.callee.name.endsWith('_v3') ? record.args.items[6] : undefined
    const dtype = typed instanceof PickleGlobal ? storageType(typed, this.budget) : storage.dtype
    if (dtype === null) throw malformed(record, name, this.budget)
    const shape = integers(size) ?? fail(record, name, this.budget)
    const strides = integers(stride) ?? fail(record, name, this.budget)
    return storedView(storage.bytes, { dtype, shape, offset, strides }, name, this.budget)
  }
}

const rebuilders = new Set(
  ['_rebuild_tensor', '_rebuild_tensor_v2', '_rebuild_tensor_v3'].map((n) => `torch._utils.${n}`),
)
const wrappers = new Set(
  ['_rebuild_parameter', '_rebuild_parameter_with_state'].map((n) => `torch._utils.${n}`),
)

/** The innermost tensor record of a parameter or of a tensor with attributes. */
function unwrap(value: PickleValue, name: string, budget: Budget): PickleCall | undefined {
  let record = value
  while (record instanceof PickleCall) {
    const { callee, args } = record
    if (rebuilders.has(callee.name)) return record
    if (wrappers.has(callee.name)) {
      const [inner] = args.items
      if (!(inner instanceof PickleCall)) throw malformed(record, name, budget)
      record = inner
    } else if (callee.name === 'torch._tensor._rebuild_from_type_v2') {
      // (function, type, arguments, attributes): the function makes the tensor, the attributes are not needed.
      const [maker, , inner] = args.items
      if (!(maker instanceof PickleGlobal) || !(inner instanceof PickleTuple))
        throw malformed(record, name, budget)
      record = new PickleCall(maker, inner, record.offset)
      budget.charge('containers', 1, record.offset)
    } else return undefined
    budget.charge('visits')
  }
  return undefined
}

function integers(value: PickleValue | undefined): readonly number[] | undefined {
  if (!(value instanceof PickleTuple || value instanceof PickleList)) return undefined
  const { items } = value
  return items.every((item) => typeof item === 'number') ? [...(items as readonly number[])] : undefined
}

function malformed(record: PickleCall, name: string, budget: Budget): Error {
  return refusal('bad-file', `The tensor ${quoted(name)} is described in a form that torch never wrote.`, {
    file: budget.file,
    offset: record.offset,
    name: record.callee.name,
  })
}

function fail(record: PickleCall, name: string, budget: Budget): never {
  throw malformed(record, name, budget)
}
