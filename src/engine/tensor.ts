/** Element types that tensors have in graphs and in files. */
export type DType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int64'
  | 'int32'
  | 'int16'
  | 'int8'
  | 'uint8'
  | 'bool'

/** Extents, outermost first. `[]` is a scalar. */
export type Shape = readonly number[]

export interface TypedArrays {
  float32: Float32Array
  float64: Float64Array
  /** Raw IEEE half-precision bits. */
  float16: Uint16Array
  /** The upper halves of float32 bit patterns. */
  bfloat16: Uint16Array
  int64: BigInt64Array
  int32: Int32Array
  int16: Int16Array
  int8: Int8Array
  uint8: Uint8Array
  /** One byte an element, 0 or 1. */
  bool: Uint8Array
}

/** A dense, row-major array. `data.length` is the product of `shape`. */
export interface Tensor<T extends DType = DType> {
  readonly dtype: T
  readonly shape: Shape
  readonly data: TypedArrays[T]
}

export type FloatTensor = Tensor<'float32'>

/** Number of elements of a shape; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1)
}

/** A float32 tensor over `data`, which is not copied. Throws RangeError if the size does not fit. */
export function floatTensor(shape: Shape, data: Float32Array | readonly number[]): FloatTensor {
  const array = data instanceof Float32Array ? data : Float32Array.from(data)
  if (array.length !== sizeOf(shape)) {
    throw new RangeError(`${array.length} elements do not fill the shape [${shape.join(', ')}]`)
  }
  return { dtype: 'float32', shape, data: array }
}

/** All elements of all parts, one after the other, flat. */
export function joined(parts: readonly Float32Array[]): FloatTensor {
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part, at)
    at += part.length
  }
  return floatTensor([data.length], data)
}

/** Every element times a factor. */
export function times({ shape, data }: FloatTensor, factor: number): FloatTensor {
  const product = new Float32Array(data.length)
  for (let i = 0; i < data.length; i++) product[i] = data[i]! * factor
  return floatTensor(shape, product)
}

/** Every element times one of the factors, in turn: with a factor for each place of the last axis, as the axes lie. */
export function timesInTurn({ shape, data }: FloatTensor, factors: ArrayLike<number>): FloatTensor {
  const product = new Float32Array(data.length)
  const { length } = factors
  for (let row = 0; row < data.length; row += length) {
    for (let i = 0; i < length; i++) product[row + i] = data[row + i]! * factors[i]!
  }
  return floatTensor(shape, product)
}

/**
 * The largest difference, as a part of the largest expected entry: 0 where all is equal, NaN where an entry is NaN or
 * the lengths differ.
 */
export function relativeGap(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Number.NaN
  let largest = 0
  let gap = 0
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(found[i]! - expected[i]!)
    if (Number.isNaN(difference)) return Number.NaN
    largest = Math.max(largest, Math.abs(expected[i]!))
    gap = Math.max(gap, difference)
  }
  return gap === 0 ? 0 : gap / largest
}
