/** float32 of every half-precision bit pattern below the sign bit; 128 KiB, made on first use. */
let halves: Float32Array | undefined

function makeHalves(): Float32Array {
  const table = new Float32Array(0x8000)
  for (let bits = 0; bits < 0x8000; bits++) {
    const exponent = bits >>> 10
    const fraction = bits & 0x3ff
    if (exponent === 0) table[bits] = fraction * 2 ** -24
    else if (exponent === 31) table[bits] = fraction === 0 ? Number.POSITIVE_INFINITY : Number.NaN
    else table[bits] = (1 + fraction / 1024) * 2 ** (exponent - 15)
  }
  return table
}

/** Converts IEEE half-precision bits; exact. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  halves ??= makeHalves()
  const out = new Float32Array(bits.length)
  for (let i = 0; i < bits.length; i++) {
    const value = halves[bits[i]! & 0x7fff]!
    out[i] = bits[i]! & 0x8000 ? -value : value
  }
  return out
}

/** Converts bfloat16 bits, the upper halves of float32; exact. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length)
  for (let i = 0; i < bits.length; i++) words[i] = bits[i]! << 16
  return new Float32Array(words.buffer)
}

const scratch = new Float32Array(1)
const scratchBits = new Uint32Array(scratch.buffer)

/** Rounds to half precision, ties to even; what is too large becomes an infinity. */
export function toFloat16(values: Float32Array): Uint16Array {
  const out = new Uint16Array(values.length)
  for (let i = 0; i < values.length; i++) {
    scratch[0] = values[i]!
    const bits = scratchBits[0]!
    const sign = (bits >>> 16) & 0x8000
    const magnitude = bits & 0x7fffffff
    if (magnitude > 0x7f800000) out[i] = sign | 0x7e00
    else if (magnitude >= 0x477ff000) out[i] = sign | 0x7c00
    else if (magnitude >= 0x38800000) {
      const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1)
      out[i] = sign | ((rounded - 0x38000000) >>> 13)
    } else {
      // Subnormal: steps of 2^-24; adding 0.5 lets float32 itself round to that step, ties to even.
      scratch[0] = Math.abs(values[i]!) + 0.5
      out[i] = sign | (scratchBits[0]! - 0x3f000000)
    }
  }
  return out
}

/** The half that is nearest to a number. */
export function roundedToFloat16(value: number): number {
  return fromFloat16(toFloat16(Float32Array.of(value)))[0]!
}
