import { MienError } from '../errors.ts'
import type { ByteSource } from '../runtime.ts'

/** Checks that a range lies inside `source`; throws MienError 'bad-file' that names file and offset. */
export function checkRange(source: ByteSource, offset: number, length: number): void {
  const sound = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0
  if (!sound || offset + length > source.size) {
    throw new MienError('bad-file', `The file "${source.name}" ends before its data does.`, {
      file: source.name,
      offset: Math.min(Math.max(offset, 0), source.size) || 0,
      hint: 'It may be cut short: download or copy it again.',
    })
  }
}

/** A source over bytes in memory. Reads are views of `memory`, which must not change while the source is used. */
export function memorySource(memory: Uint8Array, name: string): ByteSource {
  // Of Node's Buffer, slice() does not copy.
  const bytes = new Uint8Array(memory.buffer, memory.byteOffset, memory.length)
  const source: ByteSource = {
    name,
    size: bytes.length,
    read(offset, length) {
      checkRange(source, offset, length)
      return bytes.subarray(offset, offset + length)
    },
  }
  return source
}

/** The part of `source` from `offset` on; throws MienError 'bad-file' if it does not lie inside. */
export function sliceSource(source: ByteSource, offset: number, length: number): ByteSource {
  checkRange(source, offset, length)
  const slice: ByteSource = {
    name: source.name,
    size: length,
    read(from, count) {
      checkRange(slice, from, count)
      return source.read(offset + from, count)
    },
  }
  return slice
}

/** `source`, whose items of so many bytes stand in the other order of bytes. */
export function swappedSource(source: ByteSource, itemSize: number): ByteSource {
  return {
    name: source.name,
    size: source.size,
    read(offset, length) {
      const begin = offset - (offset % itemSize)
      const end = Math.min(source.size, Math.ceil((offset + length) / itemSize) * itemSize)
      const swapped = Uint8Array.from(source.read(begin, end - begin))
      for (let at = 0; at + itemSize <= swapped.length; at += itemSize)
        swapped.subarray(at, at + itemSize).reverse()
      return swapped.subarray(offset - begin, offset - begin + length)
    },
  }
}
