import type { MienError } from '../errors.ts'
import type { Budget } from './budget.ts'
import type { ByteCursor } from './byte-cursor.ts'
import { sliceSource } from './byte-source.ts'
import { limits } from './limits.ts'
import type { ArgumentKind } from './pickle-opcodes.ts'
import { PickleBytes } from './pickle-values.ts'
import { refusal } from './refusal.ts'
import { fromLatin1, fromUtf8 } from './utf8.ts'

/** An argument as the opcode's handler gets it: nothing, a number, an integer, a text, two lines, or bytes. */
export type Argument = null | number | bigint | string | readonly [string, string] | PickleBytes

type Reader = (cursor: ByteCursor, budget: Budget, base: number) => Argument

/** The decoder of each kind of argument; `base` is the offset of the cursor's source in the file. */
const readers: Readonly<Record<ArgumentKind, Reader>> = {
  none: () => null,
  u8: (c) => c.u8(),
  u16: (c) => c.u16(),
  u32: (c) => c.u32(),
  i32: (c) => c.i32(),
  u64: (c) => c.u64(),
  f64: (c) => c.f64(),
  line: (c) => ascii(c),
  lines: (c) => [decodeUtf8(c, c.line(limits.line)), decodeUtf8(c, c.line(limits.line))],
  text: (c, b) => unescapeUnicode(c, line(c, b)),
  quoted: (c, b) => unquote(c, line(c, b)),
  'utf8-u8': (c, b) => decodeUtf8(c, string(c, b, c.u8())),
  'utf8-u32': (c, b) => decodeUtf8(c, string(c, b, c.u32())),
  'utf8-u64': (c, b) => decodeUtf8(c, string(c, b, c.u64())),
  'latin1-u8': (c, b) => fromLatin1(string(c, b, c.u8())),
  'latin1-u32': (c, b) => fromLatin1(string(c, b, c.i32())),
  'bytes-u8': (c, _, base) => bytes(c, c.u8(), base),
  'bytes-u32': (c, _, base) => bytes(c, c.u32(), base),
  'bytes-u64': (c, _, base) => bytes(c, c.u64(), base),
  'long-u8': (c, b) => long(c, b, c.u8()),
  'long-u32': (c, b) => long(c, b, c.i32()),
}

/** Reads an opcode's argument; throws MienError 'bad-file' if it is malformed or over its limit. */
export function readArgument(kind: ArgumentKind, cursor: ByteCursor, budget: Budget, base: number): Argument {
  return readers[kind](cursor, budget, base)
}

function malformed(cursor: ByteCursor, what: string): MienError {
  const { name } = cursor.source
  return refusal('bad-file', `The pickle in "${name}" has ${what}.`, { file: name, offset: cursor.position })
}

/** The bytes of a string, charged before they are read. */
function string(cursor: ByteCursor, budget: Budget, length: number): Uint8Array {
  if (length < 0 || length > limits.string) throw malformed(cursor, 'a string of impossible length')
  budget.charge('strings', length, cursor.position)
  return cursor.bytes(length)
}

function line(cursor: ByteCursor, budget: Budget): Uint8Array {
  const text = cursor.line(limits.string)
  budget.charge('strings', text.length, cursor.position)
  return text
}

function ascii(cursor: ByteCursor): string {
  return fromLatin1(cursor.line(limits.line))
}

function decodeUtf8(cursor: ByteCursor, raw: Uint8Array): string {
  const text = fromUtf8(raw)
  if (text === undefined) throw malformed(cursor, 'a string that is not UTF-8')
  return text
}

/** Bytes stay in the file: only where they lie is kept. */
function bytes(cursor: ByteCursor, length: number, base: number): PickleBytes {
  const begin = cursor.skip(length)
  return new PickleBytes(sliceSource(cursor.source, begin, length), base + begin)
}

/** A two's-complement little-endian integer. */
function long(cursor: ByteCursor, budget: Budget, length: number): number | bigint {
  if (length < 0 || length > limits.long) throw malformed(cursor, 'an integer of impossible length')
  budget.charge('strings', length, cursor.position)
  const raw = cursor.bytes(length)
  const view = new DataView(raw.buffer, raw.byteOffset, length)
  let value = 0n
  let at = length
  for (; at >= 8; at -= 8) value = (value << 64n) | view.getBigUint64(at - 8, true)
  for (; at > 0; at--) value = (value << 8n) | BigInt(raw[at - 1]!)
  return simplest(length > 0 ? BigInt.asIntN(8 * length, value) : 0n)
}

/** A number where it is exact, else the bigint. */
export function simplest(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

/** Protocol 0 text: Latin-1 with \uXXXX and \UXXXXXXXX for what does not fit. */
function unescapeUnicode(cursor: ByteCursor, raw: Uint8Array): string {
  return fromLatin1(raw).replace(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g, (_, short, wide) => {
    const code = Number.parseInt(short ?? wide, 16)
    if (code > 0x10ffff) throw malformed(cursor, 'a character that does not exist')
    return String.fromCodePoint(code)
  })
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
}

/** Protocol 0 byte strings: a Python literal in quotes. */
function unquote(cursor: ByteCursor, raw: Uint8Array): string {
  const text = fromLatin1(raw).trimEnd()
  const quote = text[0]
  if (text.length < 2 || (quote !== "'" && quote !== '"') || text.at(-1) !== quote) {
    throw malformed(cursor, 'a string without quotes')
  }
  return text.slice(1, -1).replace(/\\(x[0-9a-fA-F]{2}|[0-7]{1,3}|[\s\S]|$)/g, (_, code: string) => {
    if (code.length === 3 && code[0] === 'x') return String.fromCharCode(Number.parseInt(code.slice(1), 16))
    if (/^[0-7]/.test(code)) return String.fromCharCode(Number.parseInt(code, 8) & 255)
    const character = escapes[code]
    if (character === undefined) throw malformed(cursor, 'a string with a damaged escape')
    return character
  })
}
