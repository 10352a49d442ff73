import { denseStrides, joined, once } from '../../strided.ts'
import { type FloatTensor, floatTensor, type Shape, sizeOf } from '../../tensor.ts'
import type { Builder } from '../builder.ts'
import { type InputsOf, int64Tensor, normalAxes, type Op } from '../op.ts'
import type { Operand, Value, ValueType } from '../value.ts'

type Unary = readonly [x: Operand]

/** Reduces over `axes`, all of them if absent; reduced axes stay with extent 1 unless `keep` is false. */
export interface Reduction {
  readonly axes?: readonly number[]
  readonly keep?: boolean
}

function axesOf(x: ValueType, { axes }: Reduction): readonly number[] {
  return axes === undefined ? x.shape.map((_, axis) => axis) : normalAxes(axes, x.shape.length)
}

function keptShape(x: ValueType, reduction: Reduction): Shape {
  const axes = axesOf(x, reduction)
  return x.shape.map((extent, axis) => (axes.includes(axis) ? 1 : extent))
}

function infer([x]: InputsOf<Unary>, reduction: Reduction): ValueType {
  const axes = axesOf(x, reduction)
  const shape =
    reduction.keep === false ? x.shape.filter((_, axis) => !axes.includes(axis)) : keptShape(x, reduction)
  return { dtype: x.dtype, shape }
}

function reduction(onnx: string): Pick<Op<Unary, Reduction>, 'onnx' | 'infer' | 'lower'> {
  return {
    onnx,
    infer,
    lower: (attributes, [x]) => ({
      // Without noop_with_empty_axes, no axes would mean all.
      attributes: { keepdims: attributes.keep === false ? 0 : 1, noop_with_empty_axes: 1 },
      constants: [int64Tensor(axesOf(x, attributes))],
    }),
  }
}

/** The reduced value with its axes back, so that it broadcasts against the input. */
function restore(b: Builder, value: Value, x: Value, attributes: Reduction): Value {
  return b.reshape(value, { shape: keptShape(x, attributes) })
}

/** Shares the gradient among all elements that equal the extreme value. */
function extremeGradient(b: Builder, g: Value, x: Value, output: Value, attributes: Reduction): Value {
  const mask = b.cast(b.equal(x, restore(b, output, x, attributes)), { dtype: x.dtype })
  const ties = b.reduceSum(mask, { ...attributes, keep: true })
  return b.mul(mask, b.div(restore(b, g, x, attributes), ties))
}

export const reduceSum: Op<Unary, Reduction> = {
  ...reduction('ReduceSum'),
  gradient: ({ b, g, inputs: [x], attributes }) => [() => restore(b, g, x, attributes)],
}

export const reduceSumOfSquares: Op<Unary, Reduction> = {
  ...reduction('ReduceSumSquare'),
  fold: (x, shape, attributes) =>
    floatTensor(shape, Float32Array.from(sumsOfSquares(x as FloatTensor, attributes))),
  gradient: ({ b, g, inputs: [x], attributes }) => [() => b.mul(b.mul(restore(b, g, x, attributes), 2), x)],
}

/** In double precision, the elements of each sum in their order. */
function sumsOfSquares({ shape, data }: FloatTensor, attributes: Reduction): Float64Array {
  const kept = keptShape({ dtype: 'float32', shape }, attributes)
  const strides = denseStrides(kept).map((stride, axis) => (kept[axis] === 1 ? 0 : stride))
  const axes = joined(shape.map((extent, axis) => ({ extent, stride: strides[axis]! })))
  const rows = axes.at(-2) ?? once
  const columns = axes.at(-1) ?? once
  const sums = new Float64Array(sizeOf(kept))
  let next = 0
  const add = (depth: number, sum: number) => {
    if (depth >= axes.length - 2) {
      for (let row = 0; row < rows.extent; row++, sum += rows.stride) {
        for (let column = 0; column < columns.extent; column++) {
          const x = data[next++]!
          sums[sum + column * columns.stride]! += x * x
        }
      }
      return
    }
    const { extent, stride } = axes[depth]!
    for (let i = 0; i < extent; i++, sum += stride) add(depth + 1, sum)
  }
  add(0, 0)
  return sums
}

export const reduceMean: Op<Unary, Reduction> = {
  ...reduction('ReduceMean'),
  gradient: ({ b, g, inputs: [x], output, attributes }) => [
    () => {
      const share = sizeOf(output.shape) / sizeOf(x.shape)
      return b.mul(restore(b, g, x, attributes), share)
    },
  ],
}

export const reduceMax: Op<Unary, Reduction> = {
  ...reduction('ReduceMax'),
  gradient: ({ b, g, inputs: [x], output, attributes }) => [
    () => extremeGradient(b, g, x, output, attributes),
  ],
}

export const reduceMin: Op<Unary, Reduction> = {
  ...reduction('ReduceMin'),
  gradient: ({ b, g, inputs: [x], output, attributes }) => [
    () => extremeGradient(b, g, x, output, attributes),
  ],
}
