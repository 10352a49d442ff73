import type { ByteSource } from '../runtime.ts'
import { checkRange } from './byte-source.ts'
import { quoted, refusal } from './refusal.ts'

const windowSize = 64 * 1024

/** Reads little-endian values one after the other; every read is checked against the end of the source first. */
export class ByteCursor {
  readonly source: ByteSource
  #position: number
  #window: Uint8Array = new Uint8Array(0)
  #view = new DataView(this.#window.buffer)
  #start = 0
  /** How much to read next: little at first, since many streams are short. */
  #reach = 1024

  constructor(source: ByteSource, position = 0) {
    this.source = source
    this.#position = position
  }

  /** Offset of the next byte. */
  get position(): number {
    return this.#position
  }

  get remaining(): number {
    return this.source.size - this.#position
  }

  u8(): number {
    const at = this.#take(1)
    return this.#view.getUint8(at)
  }

  u16(): number {
    const at = this.#take(2)
    return this.#view.getUint16(at, true)
  }

  u32(): number {
    const at = this.#take(4)
    return this.#view.getUint32(at, true)
  }

  i32(): number {
    const at = this.#take(4)
    return this.#view.getInt32(at, true)
  }

  /** A length of 64 bits; one that no file can have is left for the caller's range check as Infinity. */
  u64(): number {
    const at = this.#take(8)
    const value = this.#view.getBigUint64(at, true)
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : Number.POSITIVE_INFINITY
  }

  /** Big-endian float64, as pickle writes it. */
  f64(): number {
    const at = this.#take(8)
    return this.#view.getFloat64(at, false)
  }

  /** `length` bytes; they may be a view of the source and must not be written to. */
  bytes(length: number): Uint8Array {
    checkRange(this.source, this.#position, length)
    if (length <= windowSize) {
      const at = this.#take(length)
      return this.#window.subarray(at, at + length)
    }
    const bytes = this.source.read(this.#position, length)
    this.#position += length
    return bytes
  }

  /** Passes over `length` bytes and returns where they begin. */
  skip(length: number): number {
    checkRange(this.source, this.#position, length)
    const begin = this.#position
    this.#position += length
    return begin
  }

  /** The bytes up to a line feed, which is passed over; throws MienError 'bad-file' after `limit` bytes. */
  line(limit: number): Uint8Array {
    const begin = this.#position
    // The window first: globals are short and many.
    const inWindow = this.#window.subarray(Math.max(0, begin - this.#start))
    let end = begin >= this.#start ? inWindow.indexOf(10) : -1
    for (let size = windowSize; end < 0; size *= 4) {
      const available = Math.min(size, limit + 1, this.remaining)
      end = this.source.read(begin, available).indexOf(10)
      if (end < 0 && available < size) break
    }
    if (end < 0 || end > limit) {
      throw refusal('bad-file', `A line in ${quoted(this.source.name)} is too long or has no end.`, {
        file: this.source.name,
        offset: begin,
      })
    }
    const line = this.bytes(end)
    this.skip(1)
    return line
  }

  /** Moves past `length` bytes and returns their index in the window, which it may have replaced. */
  #take(length: number): number {
    const begin = this.#position
    if (begin < this.#start || begin + length > this.#start + this.#window.length) {
      checkRange(this.source, begin, length)
      const wanted = Math.max(this.#reach, length)
      this.#window = this.source.read(begin, Math.min(wanted, this.source.size - begin))
      this.#reach = Math.min(4 * this.#reach, windowSize)
      this.#view = new DataView(this.#window.buffer, this.#window.byteOffset, this.#window.length)
      this.#start = begin
    }
    this.#position = begin + length
    return begin - this.#start
  }
}
