import type { MienError } from '../errors.ts'
import type { ByteSource } from '../runtime.ts'
import { ByteCursor } from './byte-cursor.ts'
import { sliceSource } from './byte-source.ts'
import { limits } from './limits.ts'
import { quoted, refusal } from './refusal.ts'
import { fromUtf8 } from './utf8.ts'

/** A row of the central directory, with the fields of a zip64 extra put in place. */
export interface DirectoryRow {
  readonly name: string
  readonly rawName: Uint8Array
  readonly flags: number
  readonly method: number
  readonly crc: number
  readonly compressed: number
  readonly size: number
  /** Where its local header begins. */
  readonly offset: number
}

/** What the end of an archive says: rows, and the offset at which the local entries must end. */
export interface Directory {
  readonly rows: readonly DirectoryRow[]
  readonly begin: number
}

const endSignature = 0x06054b50
const endSize = 22
const locatorSignature = 0x07064b50
const locatorSize = 20
const end64Signature = 0x06064b50
const end64Size = 56
const rowSignature = 0x02014b50
/** Deflate's level (bits 1 and 2), data descriptor (3), names in UTF-8 (11). */
const knownFlags = 0b1000_0000_1110

/**
 * Reads the central directory of a zip archive (PKWARE APPNOTE 6.3.10, sections 4.3.12 to 4.3.16).
 * Throws MienError 'bad-file' for everything that two zip readers could understand in two ways.
 */
export function readDirectory(source: ByteSource): Directory {
  const end = findEnd(source)
  const at = new ByteCursor(source, end + 4)
  const disks = [at.u16(), at.u16()]
  const counts = [at.u16(), at.u16()]
  let size = at.u32()
  let begin = at.u32()
  let count = counts[0]!
  let stop = end
  const end64 = findEnd64(source, end)
  if (end64 !== undefined) {
    const wide = new ByteCursor(source, end64 + 4)
    const length = wide.u64()
    wide.skip(4)
    disks.push(wide.u32(), wide.u32())
    const wideCounts = [wide.u64(), wide.u64()]
    const wideSize = wide.u64()
    const wideBegin = wide.u64()
    const agrees =
      length === end64Size - 12 &&
      wideCounts[0] === wideCounts[1] &&
      (count === 0xffff || count === wideCounts[0]) &&
      (size === 0xffffffff || size === wideSize) &&
      (begin === 0xffffffff || begin === wideBegin)
    if (!agrees) throw fault(source, end64, 'has two end records that disagree')
    counts.splice(0, 2, ...wideCounts)
    count = wideCounts[0]!
    size = wideSize
    begin = wideBegin
    stop = end64
  }
  if (disks.some((disk) => disk !== 0)) throw fault(source, end, 'is one part of several')
  if (counts[0] !== counts[1]) throw fault(source, end, 'has two counts of entries')
  if (begin + size !== stop) throw fault(source, end, 'has a directory that does not end where it says')
  if (size > limits.directory || count > limits.entries) throw fault(source, end, 'has too many entries')
  const cursor = new ByteCursor(sliceSource(source, begin, size))
  const rows: DirectoryRow[] = []
  const names = new Set<string>()
  for (let n = 0; n < count; n++) {
    const row = readRow(source, cursor, begin)
    if (names.has(row.name)) throw fault(source, row.offset, 'has an entry twice', row.name)
    names.add(row.name)
    rows.push(row)
  }
  if (cursor.remaining > 0) throw fault(source, begin + cursor.position, 'has more entries than it counts')
  return { rows, begin }
}

function fault(source: ByteSource, offset: number, what: string, name?: string): MienError {
  const entry = name === undefined ? '' : ` (${quoted(name)})`
  return refusal('bad-file', `The archive "${source.name}" ${what}${entry}.`, {
    file: source.name,
    offset,
    ...(name === undefined ? {} : { name }),
  })
}

const packAgain = 'Unpack it, and give the checkpoint that lies in it, or pack it again as a common zip file.'

/** The one end record whose comment reaches exactly to the end of the file. */
function findEnd(source: ByteSource): number {
  const length = Math.min(source.size, endSize + 0xffff)
  const base = source.size - length
  const bytes = source.read(base, length)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let found = -1
  for (let i = length - endSize; i >= 0; i--) {
    if (bytes[i] !== 0x50 || view.getUint32(i, true) !== endSignature) continue
    if (i + endSize + view.getUint16(i + 20, true) !== length) continue
    if (found >= 0) throw fault(source, base + i, 'has two end records')
    found = i
  }
  if (found < 0)
    throw fault(source, source.size, 'has no end record: it is cut short or followed by other data')
  return base + found
}

function findEnd64(source: ByteSource, end: number): number | undefined {
  if (end < locatorSize) return undefined
  const locator = new ByteCursor(source, end - locatorSize)
  if (locator.u32() !== locatorSignature) return undefined
  const disk = locator.u32()
  const at = locator.u64()
  if (disk !== 0 || locator.u32() > 1) throw fault(source, end, 'is one part of several')
  if (at !== end - locatorSize - end64Size || new ByteCursor(source, at).u32() !== end64Signature) {
    throw fault(source, end - locatorSize, 'has a zip64 end record that is not where it should be')
  }
  return at
}

function readRow(source: ByteSource, at: ByteCursor, begin: number): DirectoryRow {
  const where = begin + at.position
  if (at.u32() !== rowSignature) throw fault(source, where, 'has a damaged directory')
  at.skip(4)
  const flags = at.u16()
  const method = at.u16()
  at.skip(4)
  const crc = at.u32()
  let compressed = at.u32()
  let size = at.u32()
  const lengths = [at.u16(), at.u16(), at.u16()] as const
  const disk = at.u16()
  at.skip(6)
  let offset = at.u32()
  const rawName = at.bytes(lengths[0]).slice()
  const name = entryName(source, where, rawName)
  const wide = readZip64(source, at.bytes(lengths[1]), where, name)
  at.skip(lengths[2])
  if (size === 0xffffffff) size = takeWide(source, wide, where, name)
  if (compressed === 0xffffffff) compressed = takeWide(source, wide, where, name)
  if (offset === 0xffffffff) offset = takeWide(source, wide, where, name)
  if (disk !== 0) throw fault(source, where, 'is one part of several', name)
  if (flags & 0x2041) throw fault(source, where, 'is encrypted', name)
  if (flags & ~knownFlags) throw fault(source, where, 'uses a zip feature that Mien does not read', name)
  if (method !== 0 && method !== 8) {
    const unread = fault(source, where, 'uses a compression that Mien does not read', name)
    throw refusal('bad-file', unread.message, { ...unread.place, hint: packAgain })
  }
  if (method === 0 && compressed !== size) throw fault(source, where, 'has an entry of two sizes', name)
  if (size > limits.inflated && size > compressed * limits.ratio) {
    throw fault(source, where, 'has an entry that grows beyond reason', name)
  }
  if (name.endsWith('/') && size !== 0) throw fault(source, where, 'has a folder with content', name)
  return { name, rawName, flags, method, crc, compressed, size, offset }
}

function entryName(source: ByteSource, where: number, raw: Uint8Array): string {
  const name = fromUtf8(raw)
  if (name === undefined) throw fault(source, where, 'has an entry name that is not UTF-8')
  // Nothing is ever extracted; such names only occur in files made to mislead.
  const odd =
    name === '' ||
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
    /[\u0000-\u001f\u007f\\]/.test(name) ||
    /^([a-z]:|\/)/i.test(name) ||
    name.split('/').some((part) => part === '..' || part === '.')
  if (odd) throw fault(source, where, 'has an entry with a forbidden name', name)
  return name
}

/** The 64-bit values of the zip64 extra (header id 1), in order; empty without one. */
export function readZip64(source: ByteSource, extra: Uint8Array, where: number, name: string): number[] {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.length)
  let values: number[] | undefined
  let i = 0
  while (i + 4 <= extra.length) {
    const id = view.getUint16(i, true)
    const length = view.getUint16(i + 2, true)
    i += 4
    if (i + length > extra.length) throw fault(source, where, 'has a damaged extra field', name)
    if (id === 1) {
      if (values !== undefined) throw fault(source, where, 'has two zip64 fields', name)
      values = []
      for (let k = 0; k + 8 <= length; k += 8) values.push(Number(view.getBigUint64(i + k, true)))
    }
    i += length
  }
  if (i !== extra.length) throw fault(source, where, 'has a damaged extra field', name)
  return values ?? []
}

function takeWide(source: ByteSource, wide: number[], where: number, name: string): number {
  const value = wide.shift()
  if (value === undefined || !Number.isSafeInteger(value)) {
    throw fault(source, where, 'lacks a size of 64 bits', name)
  }
  return value
}
