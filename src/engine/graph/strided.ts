import { type DType, type Shape, sizeOf, type Tensor, type TypedArrays } from '../tensor.ts'

/** Elements between neighbours along each axis of a dense tensor. */
export function stridesOf(shape: Shape): readonly number[] {
  return shape.map((_, axis) => sizeOf(shape.slice(axis + 1)))
}

/** The dense tensor of `shape` whose element (i, j, …) is that of `x` at offset + i * strides[0] + j * strides[1] + … */
export function strided(x: Tensor, shape: Shape, strides: readonly number[], offset = 0): Tensor {
  const source = x.data
  const data = new (source.constructor as new (length: number) => TypedArrays[DType])(sizeOf(shape))
  let next = 0
  const copy = (axis: number, from: number) => {
    if (axis === shape.length) data[next++] = source[from]!
    else for (let i = 0; i < shape[axis]!; i++) copy(axis + 1, from + i * strides[axis]!)
  }
  copy(0, offset)
  return { dtype: x.dtype, shape, data }
}
