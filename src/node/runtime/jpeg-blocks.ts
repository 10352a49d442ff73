import type { JpegBits } from './jpeg-bits.ts'

/**
 * How the coded blocks of a JPEG are passed over (ITU-T T.81, F.2.2 and G.1.2), without their values: each function
 * gives whether what it read can be a block. Damage shows as a code that no table has, or as more coefficients than 64.
 */

/** For each 16 bits: the length of the code that they begin with, times 256, plus its symbol; 0 where there is none. */
export type HuffmanTable = Uint16Array

/** A table from the numbers of codes of 1..16 bits and their symbols; undefined where they are not one. */
export function huffmanTable(counts: Uint8Array, symbols: Uint8Array): HuffmanTable | undefined {
  const table = new Uint16Array(2 ** 16)
  let [at, next] = [0, 0]
  for (let length = 1; length <= 16; length++) {
    for (let i = 0; i < counts[length - 1]!; i++, next++) {
      const end = at + 2 ** (16 - length)
      if (end > table.length) return undefined
      table.fill(length * 256 + symbols[next]!, at, end)
      at = end
    }
  }
  return table
}

/** A block's constant part: a size and as many bits. */
export function passConstant(bits: JpegBits, table: HuffmanTable): boolean {
  const size = bits.symbol(table)
  if (size < 0 || size > 16) return false
  bits.skip(size)
  return true
}

/** The other 63 coefficients of a block that is coded at once. */
export function passRest(bits: JpegBits, table: HuffmanTable): boolean {
  for (let k = 1; k < 64; k++) {
    const symbol = bits.symbol(table)
    if (symbol < 0) return false
    const size = symbol & 15
    if (size === 0 && symbol !== 0xf0) return true
    k += symbol >> 4
    if (k > 63) return false
    bits.skip(size)
  }
  return true
}

/** A stretch of the coefficients of a progressive JPEG. */
export interface Band {
  readonly first: number
  readonly last: number
  readonly table: HuffmanTable
  /** How many blocks more are known to have nothing in the band. */
  empty: number
}

/** The first look at a band of a block; `known` gets the places that are not zero, 32 to an element from `at`. */
export function passBand(bits: JpegBits, band: Band, known: Uint32Array, at: number): boolean {
  if (band.empty > 0) {
    band.empty--
    return true
  }
  for (let k = band.first; k <= band.last; k++) {
    const symbol = bits.symbol(band.table)
    if (symbol < 0) return false
    const [run, size] = [symbol >> 4, symbol & 15]
    if (size === 0 && run < 15) {
      band.empty = 2 ** run - 1 + bits.take(run)
      return true
    }
    k += run
    if (k > band.last) return false
    if (size === 0) continue
    bits.skip(size)
    known[at + (k >> 5)]! |= 1 << (k & 31)
  }
  return true
}

/** One more bit for what is known of a band, and what becomes known by it. */
export function refineBand(bits: JpegBits, band: Band, known: Uint32Array, at: number): boolean {
  const isKnown = (k: number) => ((known[at + (k >> 5)]! >> (k & 31)) & 1) === 1
  let k = band.first
  if (band.empty === 0) {
    for (; k <= band.last; k++) {
      const symbol = bits.symbol(band.table)
      if (symbol < 0) return false
      const [run, size] = [symbol >> 4, symbol & 15]
      if (size > 1) return false
      if (size === 0 && run < 15) {
        band.empty = 2 ** run + bits.take(run)
        break
      }
      bits.skip(size)
      let zeros = run
      for (; k <= band.last; k++) {
        if (isKnown(k)) bits.skip(1)
        else if (zeros-- === 0) break
      }
      if (size === 0) continue
      if (k > band.last) return false
      known[at + (k >> 5)]! |= 1 << (k & 31)
    }
  }
  if (band.empty === 0) return true
  for (; k <= band.last; k++) if (isKnown(k)) bits.skip(1)
  band.empty--
  return true
}
