import { type Op, ShapeFault } from '../op.ts'
import type { Operand, ValueType } from '../value.ts'

type Unary = readonly [x: Operand]

/** Windows of `size` x `size` that do not overlap. */
export interface Window {
  readonly size: number
}

function pooled([x]: readonly [ValueType], { size }: Window): ValueType {
  const [n, c, h, w] = x.shape
  if (x.shape.length !== 4 || h! % size !== 0 || w! % size !== 0) {
    throw new ShapeFault(`[${x.shape.join(', ')}] has no whole ${size}x${size} windows`)
  }
  return { dtype: x.dtype, shape: [n!, c!, h! / size, w! / size] }
}

function lowerPool({ size }: Window) {
  return { attributes: { kernel_shape: [size, size], strides: [size, size] } }
}

/** Mean of each window. */
export const averagePool: Op<Unary, Window> = {
  onnx: 'AveragePool',
  infer: pooled,
  lower: lowerPool,
  gradient: ({ b, g, attributes: { size } }) => [() => b.upsample(b.mul(g, 1 / (size * size)), { size })],
}

/** Maximum of each window; the gradient is shared among the elements that reach it. */
export const maxPool: Op<Unary, Window> = {
  onnx: 'MaxPool',
  infer: pooled,
  lower: lowerPool,
  gradient: ({ b, g, inputs: [x], output, attributes: { size } }) => [
    () => {
      const mask = b.cast(b.equal(x, b.upsample(output, { size })), { dtype: x.dtype })
      const ties = b.mul(b.averagePool(mask, { size }), size * size)
      return b.mul(mask, b.upsample(b.div(g, ties), { size }))
    },
  ],
}

/** Repeats every element `size` x `size` times: nearest-neighbour enlargement by a whole factor. */
export const upsample: Op<Unary, Window> = {
  onnx: 'Resize',
  infer: ([x], { size }) => {
    const [n, c, h, w] = x.shape
    if (x.shape.length !== 4) throw new ShapeFault(`[${x.shape.join(', ')}] is no picture`)
    return { dtype: x.dtype, shape: [n!, c!, h! * size, w! * size] }
  },
  lower: ({ size }) => ({
    attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    constants: [
      { dtype: 'float32', shape: [0], data: new Float32Array(0) },
      { dtype: 'float32', shape: [4], data: Float32Array.of(1, 1, size, size) },
    ],
  }),
  gradient: ({ b, g, attributes: { size } }) => [() => b.mul(b.averagePool(g, { size }), size * size)],
}
