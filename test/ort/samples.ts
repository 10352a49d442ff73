import { type Shape, sizeOf } from '../../src/engine/tensor.ts'

/** Uniform numbers in [0, 1). */
export type Random = () => number

/** Marsaglia's xorshift32. */
export function seededRandom(seed: number): Random {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** An input of a case: its shape and how its elements are drawn. */
export interface Sample {
  readonly shape: Shape
  readonly draw: (random: Random) => readonly number[]
}

function each(shape: Shape, draw: (random: Random) => number): Sample {
  return { shape, draw: (random) => Array.from({ length: sizeOf(shape) }, () => draw(random)) }
}

/** Between -2 and 2. */
export function anywhere(...shape: Shape): Sample {
  return each(shape, (random) => 4 * random() - 2)
}

/** Between 0.5 and 2: for divisors, logarithms and roots. */
export function positive(...shape: Shape): Sample {
  return each(shape, (random) => 0.5 + 1.5 * random())
}

/** At least 0.1 and at most 2 away from 0: for kinks at 0, and divisors of both signs. */
export function nonZero(...shape: Shape): Sample {
  return each(shape, (random) => (random() < 0.5 ? -1 : 1) * (0.1 + 1.9 * random()))
}

/** Whole numbers from -4 to 4: sums of their products are exact in float32. */
export function whole(...shape: Shape): Sample {
  return each(shape, (random) => Math.floor(9 * random()) - 4)
}

/** Multiples of 0.25 about 0, none twice: for kinks where two elements meet. */
export function distinct(...shape: Shape): Sample {
  return {
    shape,
    draw: (random) => {
      const length = sizeOf(shape)
      return Array.from({ length }, (_, place) => ({
        key: random(),
        value: 0.25 * (place - length / 2) + 0.1,
      }))
        .sort((a, b) => a.key - b.key)
        .map(({ value }) => value)
    },
  }
}
