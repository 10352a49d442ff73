import type { ByteSource } from '../runtime.ts'
import type { DType } from '../tensor.ts'
import type { Budget } from './budget.ts'
import { type PersistentId, PickleGlobal } from './pickle-values.ts'
import { refusal } from './refusal.ts'
import { itemSizes } from './stored-view.ts'

/** A run of elements that tensors are views of. */
export interface TorchStorage {
  /** null: bytes without a type; the tensor says it. */
  readonly dtype: DType | null
  /** Its bytes, little-endian. */
  readonly bytes: ByteSource
}

/** What a persistent id says about a storage. */
export interface StorageReference {
  readonly dtype: DType | null
  readonly key: string
  /** Bytes of the whole storage. */
  readonly size: number
  /** Where older files place a view of a storage in it: [first byte, bytes]. */
  readonly window: readonly [number, number] | undefined
}

/**
 * Reads ('storage', class, key, location, elements[, view]) as torch.save has written it since 0.1.
 * Throws MienError 'bad-file' or 'unsupported-model' with the offset of the reference.
 */
export function storageReference(id: PersistentId, budget: Budget): StorageReference {
  const [, type, key, location, count, view = null] = id.parts.items
  const fault = () =>
    refusal('bad-file', `The file "${budget.file}" refers to a storage in a form that torch never wrote.`, {
      file: budget.file,
      offset: id.offset,
      name: typeof key === 'string' ? key.slice(0, 120) : 'BINPERSID',
    })
  if (!(type instanceof PickleGlobal) || typeof key !== 'string' || typeof location !== 'string')
    throw fault()
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 0 || id.parts.items.length > 6)
    throw fault()
  const dtype = storageType(type, budget)
  const item = dtype === null ? 1 : itemSizes[dtype]
  const size = count * item
  if (view === null) return { dtype, key, size, window: undefined }
  const [, first, length] = typeof view === 'object' && 'items' in view ? view.items : []
  const natural = (n: unknown): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0
  if (!natural(first) || !natural(length) || first + length > count) throw fault()
  return { dtype, key, size, window: [first * item, length * item] }
}

/** The element type of a storage class, null for any; throws MienError 'unsupported-model' for complex numbers. */
export function storageType(type: PickleGlobal, budget: Budget): DType | null {
  const { dtype, unsupported } = type.row
  if (dtype !== undefined) return dtype
  const place = { file: budget.file, offset: type.offset, name: type.name }
  if (unsupported) {
    throw refusal(
      'unsupported-model',
      `The file "${budget.file}" holds numbers of a type that Mien does not read (${type.name}).`,
      place,
    )
  }
  throw refusal('bad-file', `The file "${budget.file}" uses ${type.name} as a type of numbers.`, place)
}
