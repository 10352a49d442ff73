/** Standard normal draws; the projector takes any source, so that draws can be injected. */
export interface Randomness {
  /** The next `count` draws. */
  normals(count: number): Float32Array
}

const size = 624
const period = 397

/** All that determines the draws to come; plain data, so that it can be kept in a snapshot. */
export interface RandomState {
  readonly key: Uint32Array
  readonly position: number
  /** The second normal draw of a pair, if it has not been taken yet. */
  readonly spare: number | undefined
}

/**
 * NumPy's `RandomState(seed).randn`: the Mersenne Twister MT19937 (Matsumoto and Nishimura 1998), doubles of 53
 * bits, and Marsaglia's polar method in pairs of which the second is given first.
 */
export class MersenneTwister implements Randomness {
  readonly #key: Uint32Array
  #position: number
  #spare: number | undefined

  constructor(start: number | RandomState) {
    this.#key = typeof start === 'number' ? keyOf(start) : start.key.slice()
    this.#position = typeof start === 'number' ? size : start.position
    this.#spare = typeof start === 'number' ? undefined : start.spare
  }

  get state(): RandomState {
    return { key: this.#key.slice(), position: this.#position, spare: this.#spare }
  }

  /** Draws in double precision, rounded to float32. */
  normals(count: number): Float32Array {
    const draws = new Float32Array(count)
    for (let i = 0; i < count; i++) draws[i] = this.normal()
    return draws
  }

  normal(): number {
    if (this.#spare !== undefined) {
      const spare = this.#spare
      this.#spare = undefined
      return spare
    }
    for (;;) {
      const x = 2 * this.uniform() - 1
      const y = 2 * this.uniform() - 1
      const square = x * x + y * y
      if (square >= 1 || square === 0) continue
      const factor = Math.sqrt((-2 * Math.log(square)) / square)
      this.#spare = factor * x
      return factor * y
    }
  }

  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number {
    const high = this.#word() >>> 5
    const low = this.#word() >>> 6
    return (high * 67108864 + low) / 9007199254740992
  }

  #word(): number {
    if (this.#position === size) {
      twist(this.#key)
      this.#position = 0
    }
    let y = this.#key[this.#position++]!
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    return (y ^ (y >>> 18)) >>> 0
  }
}

/** Knuth's linear congruence fills the key from a seed of 32 bits. */
function keyOf(seed: number): Uint32Array {
  const key = new Uint32Array(size)
  key[0] = seed >>> 0
  for (let i = 1; i < size; i++) {
    const before = key[i - 1]! ^ (key[i - 1]! >>> 30)
    key[i] = Math.imul(1812433253, before) + i
  }
  return key
}

function twist(key: Uint32Array): void {
  for (let i = 0; i < size; i++) {
    const mixed = (key[i]! & 0x80000000) | (key[i === size - 1 ? 0 : i + 1]! & 0x7fffffff)
    const other = key[i < size - period ? i + period : i + period - size]!
    key[i] = other ^ (mixed >>> 1) ^ (mixed & 1 ? 0x9908b0df : 0)
  }
}
