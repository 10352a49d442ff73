import { MienError } from '../errors.ts'
import type { ByteSource } from '../runtime.ts'
import { denseStrides } from '../strided.ts'
import { type DType, sizeOf, type Tensor } from '../tensor.ts'
import type { StoredNetwork, StoredTensor } from '../weights.ts'
import type { Budget } from './budget.ts'
import { ByteCursor } from './byte-cursor.ts'
import { sliceSource } from './byte-source.ts'
import { limits } from './limits.ts'
import { quoted, refusal } from './refusal.ts'
import { jsonEntries, jsonNaturals, parseShallowJson } from './shallow-json.ts'
import { itemSizes, storedView } from './stored-view.ts'
import { toUtf8 } from './utf8.ts'

/** The names of element types in safetensors headers. */
const types: Readonly<Record<string, DType>> = {
  F32: 'float32',
  F64: 'float64',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
}

/** How deep the header nests: the object, an entry, a list. */
const headerDepth = 3

/** Whether `source` begins as safetensors files do: a length of 64 bits and a JSON object of that length. */
export function isSafetensors(source: ByteSource): boolean {
  if (source.size < 10) return false
  const at = new ByteCursor(source)
  const length = at.u64()
  return length >= 2 && length <= source.size - 8 && at.u8() === 0x7b
}

/** What a safetensors file holds besides its tensors: texts by name. */
export type SafetensorsMetadata = Readonly<Record<string, string>>

/**
 * Reads a safetensors file: a header of 8 + n bytes, then the data, which the tensors fill without gap or overlap.
 * The metadata are the network's `init`. Throws MienError 'bad-file', or 'unsupported-model' for types such as F8.
 */
export function readSafetensors(source: ByteSource, budget: Budget): StoredNetwork[] {
  const file = budget.file
  const fault = (what: string, name?: string) =>
    refusal('bad-file', `The file "${file}" ${what}${name === undefined ? '' : ` (${quoted(name)})`}.`, {
      file,
      offset: 8,
      ...(name === undefined ? {} : { name: name.slice(0, limits.name) }),
    })
  const cursor = new ByteCursor(source)
  const length = cursor.u64()
  if (length > limits.json) throw fault('has too long a header')
  const header = jsonEntries(parseShallowJson(cursor.bytes(length), headerDepth))
  if (header === undefined) throw fault('has a damaged header')
  const data = sliceSource(source, 8 + length, source.size - 8 - length)
  const weights = new Map<string, StoredTensor>()
  const spans: [number, number][] = []
  for (const [name, entry] of header) {
    if (name === '__metadata__') continue
    const [type, shape, begin, end] = parseEntry(entry) ?? []
    if (type === undefined || shape === undefined || begin === undefined || end === undefined) {
      throw fault('has a damaged header', name)
    }
    if (name.length > limits.name) throw fault('has a tensor with a name too long', name)
    const dtype = Object.hasOwn(types, type) ? types[type] : undefined
    if (dtype === undefined) {
      throw refusal(
        'unsupported-model',
        `The tensor ${quoted(name)} in "${file}" has the type ${quoted(type)}, which Mien does not read.`,
        { file, offset: 8, name },
      )
    }
    if (end > data.size || end - begin !== sizeOf(shape) * itemSizes[dtype]) {
      throw fault('has a tensor that is not as large as its shape says', name)
    }
    spans.push([begin, end])
    const layout = { dtype, shape, offset: 0, strides: denseStrides(shape) }
    weights.set(name, storedView(sliceSource(data, begin, end - begin), layout, name, budget))
  }
  spans.sort((a, b) => a[0] - b[0] || a[1] - b[1])
  let filled = 0
  for (const [begin, end] of spans) {
    if (begin !== filled) throw fault('has tensors with a gap between them or one over the other')
    filled = end
  }
  if (filled !== data.size) throw fault('goes on after its last tensor')
  const metadata = header.get('__metadata__')
  return [{ name: '', weights, init: parseMetadata(metadata) ?? failMetadata(fault) }]
}

/** [dtype, shape, begin, end] of a tensor's entry. */
function parseEntry(entry: unknown): [string, number[], number, number] | undefined {
  const fields = jsonEntries(entry)
  if (fields === undefined) return undefined
  const type = fields.get('dtype')
  const shape = jsonNaturals(fields.get('shape'))
  const [begin, end, ...rest] = jsonNaturals(fields.get('data_offsets')) ?? []
  if (typeof type !== 'string' || shape === undefined || begin === undefined || end === undefined)
    return undefined
  if (fields.size !== 3 || rest.length > 0 || end < begin) return undefined
  return [type, shape, begin, end]
}

function parseMetadata(value: unknown): SafetensorsMetadata | undefined {
  const metadata: Record<string, string> = Object.create(null)
  if (value === undefined) return metadata
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') return undefined
    metadata[key] = text
  }
  return metadata
}

function failMetadata(fault: (what: string) => Error): never {
  throw fault('has metadata that are not texts')
}

/**
 * The bytes of a safetensors file. Tensors are laid out by falling element size, then in the given order, so that
 * all are aligned; the header is padded with spaces to a multiple of 8. Throws MienError 'wrong-use' for the name
 * `__metadata__`.
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>,
  metadata: SafetensorsMetadata = {},
): Uint8Array {
  const entries: [string, Tensor][] = tensors instanceof Map ? [...tensors] : Object.entries(tensors)
  entries.sort(([, a], [, b]) => itemSizes[b.dtype] - itemSizes[a.dtype])
  const header: Record<string, unknown> = Object.create(null)
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata
  let size = 0
  for (const [name, { dtype, shape, data }] of entries) {
    if (name === '__metadata__') throw new MienError('wrong-use', 'No tensor may be named "__metadata__".')
    const type = Object.keys(types).find((key) => types[key] === dtype)
    header[name] = { dtype: type, shape, data_offsets: [size, size + data.byteLength] }
    size += data.byteLength
  }
  const json = toUtf8(JSON.stringify(header))
  const length = Math.ceil(json.length / 8) * 8
  const out = new Uint8Array(8 + length + size).fill(0x20, 8 + json.length, 8 + length)
  new DataView(out.buffer).setBigUint64(0, BigInt(length), true)
  out.set(json, 8)
  let at = 8 + length
  for (const [, { data }] of entries) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at)
    at += data.byteLength
  }
  return out
}
