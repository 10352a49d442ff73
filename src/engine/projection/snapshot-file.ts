import { Budget } from '../checkpoint/budget.ts'
import { ByteCursor } from '../checkpoint/byte-cursor.ts'
import { memorySource, sliceSource } from '../checkpoint/byte-source.ts'
import { crc32 } from '../checkpoint/crc32.ts'
import { refusal } from '../checkpoint/refusal.ts'
import { readSafetensors, writeSafetensors } from '../checkpoint/safetensors.ts'
import { fromUtf8, toUtf8 } from '../checkpoint/utf8.ts'
import { MienError } from '../errors.ts'
import type { ByteSource } from '../runtime.ts'
import { type DType, type FloatTensor, floatTensor, type Tensor, type TypedArrays } from '../tensor.ts'
import type { Weights } from '../weights.ts'
import type { Moments } from './optimiser.ts'
import type { RandomState } from './randomness.ts'

/*
 * A snapshot file: the eight bytes of `magic`, the format version and the CRC-32 of the rest in 32 bits each, the
 * length of the rest in 64 bits, all little-endian; the rest is a safetensors file with the arrays of the state, and
 * the other fields in one JSON text as bytes.
 */
const magic = Uint8Array.from('MIENSNAP', (letter) => letter.charCodeAt(0))
const formatVersion = 1
const headBytes = 24

/** Words of the key of the Mersenne Twister. */
const keyWords = 624

/** SHA-256 in hex of all that a search depends on besides its state. */
export interface Fingerprint {
  readonly settings: string
  readonly models: string
  readonly pictures: string
}

const fingerprintParts = ['settings', 'models', 'pictures'] as const

/** The bytes of a snapshot file; the same content gives the same bytes. */
export function snapshotFile(
  tensors: Readonly<Record<string, Tensor>>,
  { key, position, spare }: RandomState,
  fields: Readonly<Record<string, unknown>>,
): Uint8Array {
  const text = toUtf8(JSON.stringify({ ...fields, position, spare: spare ?? null }))
  const rest = writeSafetensors({
    ...tensors,
    key: { dtype: 'int32', shape: [keyWords], data: new Int32Array(key) },
    fields: { dtype: 'uint8', shape: [text.length], data: text },
  })
  const bytes = new Uint8Array(headBytes + rest.length)
  const view = new DataView(bytes.buffer)
  bytes.set(magic)
  view.setUint32(8, formatVersion, true)
  view.setUint32(12, crc32(rest), true)
  view.setBigUint64(16, BigInt(rest.length), true)
  bytes.set(rest, headBytes)
  return bytes
}

/** What a snapshot file holds; all of it was found whole. */
export interface SnapshotContent {
  readonly weights: Weights
  readonly fields: Readonly<Record<string, unknown>>
  readonly random: RandomState
  readonly fingerprint: Fingerprint
}

/** Throws MienError 'bad-file' for one that is damaged, cut short, or of a later version of Mien; `name` is for that. */
export function readSnapshotFile(bytes: Uint8Array, name: string): SnapshotContent {
  const rest = checkedRest(memorySource(bytes, name), bytes)
  const { weights } = readSafetensors(rest, new Budget(name, rest.size))[0]!
  const fields = fieldsOf(parsed(stored(weights, 'fields', 'uint8', name)))
  const key = new Uint32Array(stored(weights, 'key', 'int32', name))
  if (key.length !== keyWords) damaged(name, 'key')
  const { spare } = fields
  if (spare !== null && typeof spare !== 'number') damaged(name, 'spare')
  return {
    weights,
    fields,
    random: {
      key,
      position: natural(fields.position, keyWords) ?? damaged(name, 'position'),
      spare: spare ?? undefined,
    },
    fingerprint: fingerprintIn(fields.fingerprint) ?? damaged(name, 'fingerprint'),
  }
}

/**
 * Throws MienError 'mismatch' that names what changed, if the snapshot belongs to another search.
 */
export function requireSameSearch(snapshot: Fingerprint, now: Fingerprint): void {
  const other = fingerprintParts.find((part) => snapshot[part] !== now[part])
  if (other === undefined) return
  throw new MienError('mismatch', `The ${other} changed since the run was interrupted.`, {
    name: other,
    hint: 'Put back what it began with, or start a new run.',
  })
}

/** The safetensors part, after magic, version, length and checksum were found right. */
function checkedRest(source: ByteSource, bytes: Uint8Array): ByteSource {
  const { name } = source
  const cursor = new ByteCursor(source)
  if (source.size < headBytes || magic.some((byte) => byte !== cursor.u8())) damaged(name, 'head')
  const version = cursor.u32()
  if (version !== formatVersion) {
    throw refusal(
      'bad-file',
      `"${name}" is a snapshot of version ${version}, which this Mien does not read.`,
      {
        file: name,
        offset: 8,
        hint: 'Use the version of Mien that wrote it.',
      },
    )
  }
  const checksum = cursor.u32()
  if (cursor.u64() !== source.size - headBytes) damaged(name, 'length')
  if (crc32(bytes.subarray(headBytes)) !== checksum) damaged(name, 'checksum')
  return sliceSource(source, headBytes, source.size - headBytes)
}

/** The elements of an array that must be there in that type. */
export function stored<T extends DType>(
  weights: Weights,
  key: string,
  dtype: T,
  file: string,
): TypedArrays[T] {
  const tensor = weights.get(key)
  return tensor?.dtype === dtype ? (tensor.read() as Tensor<T>).data : damaged(file, key)
}

export function floatIn(weights: Weights, key: string, file: string): FloatTensor {
  return floatTensor(weights.get(key)?.shape ?? [], stored(weights, key, 'float32', file))
}

export function momentsIn(weights: Weights, name: string, file: string): Moments<FloatTensor> {
  const tensor = (suffix: string) => floatIn(weights, `${name}${suffix}`, file)
  return { parameter: tensor(''), first: tensor('.first'), second: tensor('.second') }
}

function fingerprintIn(value: unknown): Fingerprint | undefined {
  const { settings, models, pictures } = fieldsOf(value)
  const known = [settings, models, pictures].every((hash) => typeof hash === 'string')
  return known ? ({ settings, models, pictures } as Fingerprint) : undefined
}

/** A whole number from 0 to `most`. */
export function natural(value: unknown, most: number): number | undefined {
  const number = Number.isSafeInteger(value) ? Number(value) : -1
  return number >= 0 && number <= most ? number : undefined
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(fromUtf8(bytes) ?? '')
  } catch {
    return undefined
  }
}

export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** Throws MienError 'bad-file'. */
export function damaged(name: string, field: string): never {
  throw refusal('bad-file', `"${name}" is no snapshot, or it is damaged (${field}).`, {
    file: name,
    name: field,
    hint: 'The snapshot before it, or a new run, is what is left.',
  })
}
