/** The coded bits of a JPEG's scan: stuffed zeros are left out, and after the next marker only zeros come. */
export class JpegBits {
  /** The place of the next byte. */
  at: number
  readonly #bytes: Uint8Array
  #window = 0
  #count = 0
  #beyond = 0

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes
    this.at = at
  }

  /** Whether bits were taken that are not there. */
  get short(): boolean {
    return this.#beyond > this.#count
  }

  /** The symbol whose code comes next, or -1: see `huffmanTable`. */
  symbol(table: Uint16Array): number {
    this.#fill()
    const entry = table[(this.#window >> (this.#count - 16)) & 0xffff]!
    if (entry === 0) return -1
    this.#count -= entry >> 8
    return entry & 0xff
  }

  /** Up to 16 bits as a number. */
  take(length: number): number {
    if (length === 0) return 0
    this.#fill()
    this.#count -= length
    return (this.#window >> this.#count) & (2 ** length - 1)
  }

  /** Leaves out up to 16 bits. */
  skip(length: number): void {
    if (this.#count < length) this.#fill()
    this.#count -= length
  }

  /** Passes over the restart marker that must come next; false where it does not. */
  restart(): boolean {
    this.#align()
    while (this.#bytes[this.at] === 0xff && this.#bytes[this.at + 1] === 0xff) this.at++
    const marker = this.#bytes[this.at + 1]
    if (this.#bytes[this.at] !== 0xff || marker === undefined || marker < 0xd0 || marker > 0xd7) return false
    this.at += 2
    return true
  }

  /** Passes over what stands before the next marker, and gives the number of bytes that are not zero. */
  spare(): number {
    this.#align()
    let count = 0
    for (; this.at < this.#bytes.length; this.at++) {
      const byte = this.#bytes[this.at]!
      if (byte === 0xff && this.#bytes[this.at + 1] !== 0) return count
      if (byte !== 0 && byte !== 0xff) count++
    }
    return count
  }

  /** Goes on at the next byte that was not begun: what was read ahead is given back. */
  #align(): void {
    for (let ahead = (this.#count - this.#beyond) >> 3; ahead > 0; ahead--) {
      this.at -= this.#bytes[this.at - 1] === 0 && this.#bytes[this.at - 2] === 0xff ? 2 : 1
    }
    this.#window = 0
    this.#count = 0
    this.#beyond = 0
  }

  #fill(): void {
    while (this.#count < 16) {
      this.#window = (this.#window << 8) | this.#byte()
      this.#count += 8
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.at]
    if (byte !== undefined && byte !== 0xff) {
      this.at++
      return byte
    }
    if (byte === 0xff && this.#bytes[this.at + 1] === 0) {
      this.at += 2
      return byte
    }
    this.#beyond += 8
    return 0
  }
}
