import { Inflate } from 'fflate'
import type { ByteSource } from '../runtime.ts'
import { ByteCursor } from './byte-cursor.ts'
import { checkRange, memorySource, sliceSource } from './byte-source.ts'
import { crc32 } from './crc32.ts'
import { quoted, refusal } from './refusal.ts'
import { type DirectoryRow, readDirectory, readZip64 } from './zip-directory.ts'

const localSignature = 0x04034b50
const descriptorSignature = 0x08074b50
const chunk = 2 ** 20

/** A file of an archive. */
export interface ZipEntry {
  readonly name: string
  /** Uncompressed bytes. */
  readonly size: number
  /** Where the stored or deflated bytes begin in the archive. */
  readonly offset: number
  /**
   * Random access to the content. The checksum is verified before the first read returns, once an entry;
   * reads throw MienError 'bad-file' if it fails. A deflated entry is inflated by the first read and kept.
   */
  open(): ByteSource
}

export type ZipEntries = ReadonlyMap<string, ZipEntry>

/**
 * The entries of a zip archive in the order of its directory. Every local header must say what the directory
 * says, and entries must lie one after the other from the first byte to the directory. Throws MienError 'bad-file'.
 */
export function readZip(source: ByteSource): ZipEntries {
  const { rows, begin } = readDirectory(source)
  const entries = new Map<string, ZipEntry>()
  const spans = rows.map((row) => {
    const data = checkLocal(source, row)
    entries.set(row.name, zipEntry(source, row, data))
    return { row, data }
  })
  spans.sort((a, b) => a.row.offset - b.row.offset)
  let expected = 0
  for (const [i, { row, data }] of spans.entries()) {
    if (row.offset !== expected) {
      throw fault(
        source,
        row,
        row.offset < expected ? 'has entries that overlap' : 'hides data between its entries',
      )
    }
    const next = spans[i + 1]?.row.offset ?? begin
    expected = checkDescriptor(source, row, data + row.compressed, next)
  }
  if (expected !== begin) {
    throw refusal('bad-file', `The archive "${source.name}" hides data before its directory.`, {
      file: source.name,
      offset: expected,
    })
  }
  return entries
}

function fault(source: ByteSource, row: DirectoryRow, what: string): Error {
  return refusal('bad-file', `The archive "${source.name}" ${what} (${quoted(row.name)}).`, {
    file: source.name,
    offset: row.offset,
    name: row.name,
  })
}

/** Compares the local header with the directory; returns where the data begin. */
function checkLocal(source: ByteSource, row: DirectoryRow): number {
  const at = new ByteCursor(sliceSource(source, row.offset, source.size - row.offset))
  const head = at.bytes(30)
  const view = new DataView(head.buffer, head.byteOffset, 30)
  if (view.getUint32(0, true) !== localSignature) throw fault(source, row, 'has an entry without a header')
  const rawName = at.bytes(view.getUint16(26, true))
  const sameName =
    rawName.length === row.rawName.length && rawName.every((byte, i) => byte === row.rawName[i])
  if (!sameName) throw fault(source, row, 'has an entry of two names')
  const wide = readZip64(source, at.bytes(view.getUint16(28, true)), row.offset, row.name)
  const flags = view.getUint16(6, true)
  if (flags !== row.flags || view.getUint16(8, true) !== row.method) {
    throw fault(source, row, 'has an entry whose header disagrees with the directory')
  }
  const crc = view.getUint32(14, true)
  let compressed = view.getUint32(18, true)
  let size = view.getUint32(22, true)
  if (size === 0xffffffff) size = wide[0] ?? Number.NaN
  if (compressed === 0xffffffff) compressed = wide[1] ?? Number.NaN
  // With a data descriptor the header may leave the three fields 0.
  const left = (flags & 8) !== 0 && crc === 0 && compressed === 0 && size === 0
  if (!left && (crc !== row.crc || compressed !== row.compressed || size !== row.size)) {
    throw fault(source, row, 'has an entry whose header disagrees with the directory')
  }
  const data = row.offset + at.position
  if (data + row.compressed > source.size) throw fault(source, row, 'has an entry that is cut short')
  return data
}

/** Returns the offset behind the entry and its data descriptor, which has 32- or 64-bit sizes and may lack a signature. */
function checkDescriptor(source: ByteSource, row: DirectoryRow, end: number, next: number): number {
  if ((row.flags & 8) === 0) return end
  const length = next - end
  if (![12, 16, 20, 24].includes(length)) throw fault(source, row, 'has a damaged data descriptor')
  const at = new ByteCursor(source, end)
  const signed = length === 16 || length === 24
  if (signed && at.u32() !== descriptorSignature) throw fault(source, row, 'has a damaged data descriptor')
  const crc = at.u32()
  const sizes = length >= 20 ? [at.u64(), at.u64()] : [at.u32(), at.u32()]
  if (crc !== row.crc || sizes[0] !== row.compressed || sizes[1] !== row.size) {
    throw fault(source, row, 'has a data descriptor that disagrees with the directory')
  }
  return next
}

function zipEntry(source: ByteSource, row: DirectoryRow, data: number): ZipEntry {
  const name = `${source.name}/${row.name}`
  let opened: ByteSource | undefined
  return {
    name: row.name,
    size: row.size,
    offset: data,
    open() {
      opened ??=
        row.method === 0 ? storedSource(source, row, data, name) : deflatedSource(source, row, data, name)
      return opened
    },
  }
}

function storedSource(source: ByteSource, row: DirectoryRow, data: number, name: string): ByteSource {
  let verified = false
  const stored: ByteSource = {
    name,
    size: row.size,
    read(offset, length) {
      checkRange(stored, offset, length)
      if (verified) return source.read(data + offset, length)
      if (length === row.size) {
        // The usual case: a tensor takes its whole storage, so that one pass over the file does both.
        const bytes = source.read(data, length)
        if (crc32(bytes) !== row.crc) throw fault(source, row, 'has an entry whose checksum is wrong')
        verified = true
        return bytes
      }
      let crc = 0
      for (let at = 0; at < row.size; at += chunk) {
        crc = crc32(source.read(data + at, Math.min(chunk, row.size - at)), crc)
      }
      if (crc !== row.crc) throw fault(source, row, 'has an entry whose checksum is wrong')
      verified = true
      return source.read(data + offset, length)
    },
  }
  return stored
}

function deflatedSource(source: ByteSource, row: DirectoryRow, data: number, name: string): ByteSource {
  let content: ByteSource | undefined
  const deflated: ByteSource = {
    name,
    size: row.size,
    read(offset, length) {
      checkRange(deflated, offset, length)
      content ??= memorySource(inflate(source, row, data), name)
      return content.read(offset, length)
    },
  }
  return deflated
}

/** Inflates an entry chunk by chunk, so that no more than its declared size is ever made. */
function inflate(source: ByteSource, row: DirectoryRow, data: number): Uint8Array {
  const out = new Uint8Array(row.size)
  let filled = 0
  let ended = false
  const stream = new Inflate((bytes, final) => {
    if (filled + bytes.length > row.size) throw fault(source, row, 'has an entry larger than it says')
    out.set(bytes, filled)
    filled += bytes.length
    ended = final
  })
  // A small step bounds what fflate makes at once: at most a thousandfold.
  const step = 16 * 1024
  try {
    for (let at = 0; at < row.compressed || at === 0; at += step) {
      const count = Math.min(step, row.compressed - at)
      // fflate keeps and may change what it is given.
      stream.push(source.read(data + at, count).slice(), at + step >= row.compressed)
    }
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'MienError') throw cause
    throw fault(source, row, 'has an entry that cannot be inflated')
  }
  if (!ended || filled !== row.size) throw fault(source, row, 'has an entry smaller than it says')
  if (crc32(out) !== row.crc) throw fault(source, row, 'has an entry whose checksum is wrong')
  return out
}
