import { type DType, type Shape, sizeOf, type Tensor, type TypedArrays } from './tensor.ts'

/** Strides of a dense, row-major array, in elements. */
export function denseStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length)
  let stride = 1
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride
    stride *= shape[i]!
  }
  return strides
}

/** So many elements of an array, each `stride` after the one before. */
export interface Axis {
  readonly extent: number
  readonly stride: number
}

export const once: Axis = { extent: 1, stride: 0 }

/** The dense tensor of `shape` whose element (i, j, …) is that of `x` at offset + i * strides[0] + j * strides[1] + … */
export function strided(x: Tensor, shape: Shape, strides: readonly number[], offset = 0): Tensor {
  const source = x.data
  const data = new (source.constructor as new (length: number) => TypedArrays[DType])(sizeOf(shape))
  const axes = joined(shape.map((extent, axis) => ({ extent, stride: strides[axis]! })))
  const rows = axes.at(-2) ?? once
  const columns = axes.at(-1) ?? once
  const copy = (depth: number, from: number, to: number): number => {
    if (depth >= axes.length - 2) {
      for (let row = 0; row < rows.extent; row++, from += rows.stride) {
        for (let column = 0; column < columns.extent; column++) {
          data[to++] = source[from + column * columns.stride]!
        }
      }
      return to
    }
    const { extent, stride } = axes[depth]!
    let end = to
    for (let i = 0; i < extent; i++) end = copy(depth + 1, from + i * stride, end)
    return end
  }
  copy(0, offset, 0)
  return { dtype: x.dtype, shape, data }
}

/** Where the elements of a tensor lie in an array: element (i, j, …) at offset + i * strides[0] + j * strides[1] + … */
interface Layout {
  readonly source: Tensor
  readonly strides: readonly number[]
  readonly offset: number
}

/**
 * A tensor that has its elements in the array of another. They are gathered when `data` is first read; a view of a view
 * lies in the first array, so that of a kernel that is turned, swapped and cut only the last is ever made.
 */
export class StridedView implements Tensor {
  readonly dtype: DType
  readonly shape: Shape
  readonly layout: Layout
  #gathered: TypedArrays[DType] | undefined

  constructor(shape: Shape, layout: Layout) {
    this.dtype = layout.source.dtype
    this.shape = shape
    this.layout = layout
  }

  get data(): TypedArrays[DType] {
    const { source, strides, offset } = this.layout
    this.#gathered ??= strided(source, this.shape, strides, offset).data
    return this.#gathered
  }
}

export function layoutOf(x: Tensor): Layout {
  return x instanceof StridedView ? x.layout : { source: x, strides: denseStrides(x.shape), offset: 0 }
}

/** The same walk over fewer axes: the inner loop is then long, also over a kernel of 3 x 3. */
export function joined(axes: readonly Axis[]): readonly Axis[] {
  const long: Axis[] = []
  for (const axis of axes) {
    const before = long.at(-1)
    if (axis.extent === 1) continue
    if (before?.stride !== axis.extent * axis.stride) long.push(axis)
    else long[long.length - 1] = { extent: before.extent * axis.extent, stride: axis.stride }
  }
  return long
}
