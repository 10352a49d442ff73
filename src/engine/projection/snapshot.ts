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
import type { Average } from './average.ts'
import { parseRecordedChange, type RecordedChange } from './changes.ts'
import type { Moments } from './optimiser.ts'
import { allFinite, brokenPart, type ProjectionState, requireFinite } from './projection-state.ts'
import type { RandomState } from './randomness.ts'
import type { Settling } from './settling.ts'

/** Where a search stands, whole: with the same networks, pictures and settings it goes on to the same bits. */
export interface SearchState {
  readonly projection: ProjectionState
  /** Where it began, [1, 1, w_dim]: looking for it takes as long as many steps. */
  readonly start?: FloatTensor
  readonly random: RandomState
  /** Made so far, the oldest first. */
  readonly changes: readonly RecordedChange[]
  /** Of a run that rests until its loss has settled, or has done so. */
  readonly settling?: Settling
  /** Of a live run. */
  readonly average?: Average
}

/** SHA-256 in hex of all that a search depends on besides its state. */
export interface Fingerprint {
  readonly settings: string
  readonly models: string
  readonly pictures: string
}

const fingerprintParts = ['settings', 'models', 'pictures'] as const

/** A state and the search that it belongs to. */
export interface Snapshot extends SearchState {
  readonly fingerprint: Fingerprint
}

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

const mostSteps = 1e9

/**
 * The bytes of a snapshot; the same snapshot gives the same bytes.
 *
 * @throws MienError 'device' if a number of the state is not finite
 */
export function writeSnapshot({
  projection,
  start,
  random,
  changes,
  settling,
  average,
  fingerprint,
}: Snapshot): Uint8Array {
  requireFinite(projection)
  const { step, latent, noise } = projection
  const { key, position, spare = null } = random
  const averaged = average?.steps
  const fields = toUtf8(JSON.stringify({ step, position, spare, changes, settling, averaged, fingerprint }))
  const rest = writeSafetensors({
    ...momentTensors('latent', latent),
    ...momentTensors('noise', noise),
    ...(start !== undefined && { start }),
    ...(average !== undefined && { 'latent.average': average.latent, 'noise.average': average.noise }),
    key: { dtype: 'int32', shape: [keyWords], data: new Int32Array(key) },
    fields: { dtype: 'uint8', shape: [fields.length], data: fields },
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

/**
 * Reads a snapshot and checks all of it; `name` is for errors.
 *
 * @throws MienError 'bad-file' for one that is damaged, cut short, or of a later version of Mien
 */
export function readSnapshot(bytes: Uint8Array, name: string): Snapshot {
  const source = memorySource(bytes, name)
  const rest = checkedRest(source, bytes)
  const { weights } = readSafetensors(rest, new Budget(name, rest.size))[0]!
  const fields = fieldsOf(parsed(stored(weights, 'fields', 'uint8', name)))
  const projection = {
    step: natural(fields.step, mostSteps) ?? damaged(name, 'step'),
    latent: momentsIn(weights, 'latent', name),
    noise: momentsIn(weights, 'noise', name),
  }
  if (!isSoundState(projection)) damaged(name, 'latent')
  const start = weights.has('start') ? floatIn(weights, 'start', name) : undefined
  if (start !== undefined && !isSoundStart(start, projection)) damaged(name, 'start')
  const key = new Uint32Array(stored(weights, 'key', 'int32', name))
  if (key.length !== keyWords) damaged(name, 'key')
  const { spare } = fields
  if (spare !== null && typeof spare !== 'number') damaged(name, 'spare')
  return {
    projection,
    ...(start !== undefined && { start }),
    random: {
      key,
      position: natural(fields.position, keyWords) ?? damaged(name, 'position'),
      spare: spare ?? undefined,
    },
    changes: changesIn(fields.changes) ?? damaged(name, 'changes'),
    ...(fields.settling !== undefined && {
      settling: settlingIn(fields.settling) ?? damaged(name, 'settling'),
    }),
    ...(fields.averaged !== undefined && {
      average: averageIn(weights, fields.averaged, projection, name) ?? damaged(name, 'average'),
    }),
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
function stored<T extends DType>(weights: Weights, key: string, dtype: T, file: string): TypedArrays[T] {
  const tensor = weights.get(key)
  return tensor?.dtype === dtype ? (tensor.read() as Tensor<T>).data : damaged(file, key)
}

function momentTensors(name: string, { parameter, first, second }: Moments<FloatTensor>) {
  return { [name]: parameter, [`${name}.first`]: first, [`${name}.second`]: second }
}

function floatIn(weights: Weights, key: string, file: string): FloatTensor {
  return floatTensor(weights.get(key)?.shape ?? [], stored(weights, key, 'float32', file))
}

function momentsIn(weights: Weights, name: string, file: string): Moments<FloatTensor> {
  const tensor = (suffix: string) => floatIn(weights, `${name}${suffix}`, file)
  return { parameter: tensor(''), first: tensor('.first'), second: tensor('.second') }
}

function isSoundStart({ shape, data }: FloatTensor, { latent }: ProjectionState): boolean {
  return shape.join() === [1, 1, latent.parameter.shape[2]].join() && data.every(Number.isFinite)
}

/** Whether the shapes agree with each other and all numbers are finite. */
function isSoundState(state: ProjectionState): boolean {
  const { latent, noise } = state
  const agree = [latent, noise].every((moments) =>
    Object.values(moments).every(({ shape }) => shape.join() === moments.parameter.shape.join()),
  )
  const [latentRank, noiseRank] = [latent.parameter.shape.length, noise.parameter.shape.length]
  return agree && latentRank === 3 && noiseRank === 1 && brokenPart(state) === undefined
}

/** Undefined unless its shapes are those of the state and all its numbers are finite. */
function averageIn(
  weights: Weights,
  averaged: unknown,
  { latent, noise }: ProjectionState,
  file: string,
): Average | undefined {
  const steps = natural(averaged, mostSteps) ?? 0
  const average = {
    steps,
    latent: floatIn(weights, 'latent.average', file),
    noise: floatIn(weights, 'noise.average', file),
  }
  const sound =
    steps > 0 &&
    average.latent.shape.join() === latent.parameter.shape.join() &&
    average.noise.shape.join() === noise.parameter.shape.join() &&
    [average.latent, average.noise].every(allFinite)
  return sound ? average : undefined
}

function changesIn(value: unknown): readonly RecordedChange[] | undefined {
  if (!Array.isArray(value)) return undefined
  const changes = value.map(parseRecordedChange)
  return changes.every((change) => change !== undefined) ? changes : undefined
}

function settlingIn(value: unknown): Settling | undefined {
  const { losses, restEnd } = fieldsOf(value)
  if (!Array.isArray(losses) || !losses.every(Number.isFinite)) return undefined
  if (restEnd === undefined) return { losses }
  const end = natural(restEnd, mostSteps)
  return end === undefined ? undefined : { losses, restEnd: end }
}

function fingerprintIn(value: unknown): Fingerprint | undefined {
  const { settings, models, pictures } = fieldsOf(value)
  const known = [settings, models, pictures].every((hash) => typeof hash === 'string')
  return known ? ({ settings, models, pictures } as Fingerprint) : undefined
}

function natural(value: unknown, most: number): number | undefined {
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

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function damaged(name: string, field: string): never {
  throw refusal('bad-file', `"${name}" is no snapshot, or it is damaged (${field}).`, {
    file: name,
    name: field,
    hint: 'The snapshot before it, or a new run, is what is left.',
  })
}
