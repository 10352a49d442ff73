import { zipSync } from 'fflate'
import { type OpcodeName, opcodeBytes } from '../../src/engine/checkpoint/pickle-opcodes.ts'

/** Bytes of a pickle in the making; HERE marks the opcode at which the reader must stop. */
export type Part = OpcodeName | Uint8Array | readonly number[] | typeof HERE | readonly Part[]

export const HERE = Symbol('the opcode that must be named')

const text = new TextEncoder()

function number(value: number | bigint, bytes: number): number[] {
  const all = BigInt.asUintN(64, BigInt(value))
  return Array.from({ length: bytes }, (_, i) => Number((all >> BigInt(8 * i)) & 255n))
}

export const u8 = (value: number) => number(value, 1)
export const u32 = (value: number) => number(value, 4)
export const u64 = (value: number | bigint) => number(value, 8)
export const line = (value: string): Uint8Array => text.encode(`${value}\n`)

/** A short text, as protocol 4 writes it. */
export const str = (value: string): Part => [
  'SHORT_BINUNICODE',
  u8(text.encode(value).length),
  text.encode(value),
]
export const bytes = (value: Uint8Array): Part => ['BINBYTES', u32(value.length), value]
export const global = (module: string, name: string): Part => ['GLOBAL', line(module), line(name)]
export const stackGlobal = (module: string, name: string): Part => [
  str(module),
  str(name),
  HERE,
  'STACK_GLOBAL',
]
export const int = (value: number): Part => ['BININT', u32(value)]
export const put = (key: number): Part => ['BINPUT', u8(key)]
export const get = (key: number): Part => ['BINGET', u8(key)]

/** The bytes of the parts, and the offset of HERE in them (0 without one). */
export function assemble(...parts: readonly Part[]): { bytes: Uint8Array; here: number } {
  const out: number[][] | Uint8Array[] = []
  let length = 0
  let here = 0
  const add = (chunk: Uint8Array) => {
    ;(out as Uint8Array[]).push(chunk)
    length += chunk.length
  }
  const visit = (part: Part) => {
    if (part === HERE) here = length
    else if (typeof part === 'string') add(Uint8Array.of(opcodeBytes[part]))
    else if (part instanceof Uint8Array) add(part)
    else if (part.every((item) => typeof item === 'number')) add(Uint8Array.from(part as readonly number[]))
    else for (const inner of part as readonly Part[]) visit(inner)
  }
  for (const part of parts) visit(part)
  return { bytes: concat(out as Uint8Array[]), here }
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0))
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.length
  }
  return out
}

/** A pickle of protocol 2 with the parts and STOP. */
export const pickle = (...parts: readonly Part[]): Uint8Array =>
  assemble('PROTO', u8(2), ...parts, 'STOP').bytes

/** A torch archive around a pickle. */
export function torchZip(data: Uint8Array, storages: Record<string, Uint8Array> = {}): Uint8Array {
  const files: Record<string, Uint8Array> = { 'archive/data.pkl': data, 'archive/version': line('3') }
  for (const [key, value] of Object.entries(storages)) files[`archive/data/${key}`] = value
  return zipSync(files, { level: 0, mtime: new Date(1990, 1, 1) })
}

/** A torch legacy stream around a pickle; `storages` are [key, element count, data]. */
export function legacyStream(
  object: Uint8Array,
  storages: readonly (readonly [key: string, count: number, data: Uint8Array])[] = [],
): Uint8Array {
  const magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19]
  return concat([
    pickle(magic),
    pickle(int(1001)),
    pickle('EMPTY_DICT', str('little_endian'), 'NEWTRUE', 'SETITEM'),
    object,
    pickle('EMPTY_LIST', 'MARK', ...storages.map(([key]) => str(key)), 'APPENDS'),
    ...storages.flatMap(([, count, data]) => [Uint8Array.from(u64(count)), data]),
  ])
}

/** A reference to a storage of float32. */
export const storage = (key: string, count: number): Part => [
  ['MARK', str('storage'), global('torch', 'FloatStorage'), str(key), str('cpu'), int(count), 'TUPLE'],
  'BINPERSID',
]

/** A tensor over a storage, in a record of _rebuild_tensor_v2. */
export const tensor = (
  over: Part,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Part => [
  global('torch._utils', '_rebuild_tensor_v2'),
  ['MARK', over, int(offset), ['MARK', ...shape.map(int), 'TUPLE'], ['MARK', ...strides.map(int), 'TUPLE']],
  ['NEWFALSE', global('collections', 'OrderedDict'), 'EMPTY_TUPLE', 'REDUCE', 'TUPLE', 'REDUCE'],
]

/** A storage as plain pickles hold it: a legacy stream in bytes. */
export const nestedStorage = (stream: Uint8Array): Part => [
  global('torch.storage', '_load_from_bytes'),
  bytes(stream),
  'TUPLE1',
  'REDUCE',
]
