import type { Builder } from '../builder.ts'
import { broadcastShapes, type Op, ShapeFault } from '../op.ts'
import type { Operand, Value } from '../value.ts'

/** Swaps the last two axes. */
function transposed(b: Builder, x: Value): Value {
  const order = x.shape.map((_, axis) => axis)
  order.splice(-2, 2, order.length - 1, order.length - 2)
  return b.transpose(x, { order })
}

/** [..., M, K] x [..., K, N] -> [..., M, N], leading axes broadcast. */
export const matMul: Op<readonly [x: Operand, y: Operand]> = {
  onnx: 'MatMul',
  infer: ([x, y]) => {
    if (
      x.shape.length < 2 ||
      y.shape.length < 2 ||
      x.shape.at(-1) !== y.shape.at(-2) ||
      x.dtype !== y.dtype
    ) {
      throw new ShapeFault(`[${x.shape.join(', ')}] x [${y.shape.join(', ')}] is no matrix product`)
    }
    const batch = broadcastShapes(x.shape.slice(0, -2), y.shape.slice(0, -2))
    return { dtype: x.dtype, shape: [...batch, x.shape.at(-2)!, y.shape.at(-1)!] }
  },
  gradient: ({ b, g, inputs: [x, y] }) => [
    () => b.matMul(g, transposed(b, y)),
    () => b.matMul(transposed(b, x), g),
  ],
}

/** Inner products of rows: [M, K] x [N, K] -> [M, N]. The runtime transposes while it multiplies, so nothing is copied. */
export const rowProducts: Op<readonly [x: Value, y: Value]> = {
  onnx: 'Gemm',
  infer: ([x, y]) => {
    if (x.shape.length !== 2 || y.shape.length !== 2 || x.shape[1] !== y.shape[1] || x.dtype !== y.dtype) {
      throw new ShapeFault(`the rows of [${x.shape.join(', ')}] and [${y.shape.join(', ')}] do not fit`)
    }
    return { dtype: x.dtype, shape: [x.shape[0]!, y.shape[0]!] }
  },
  lower: () => ({ attributes: { transB: 1 } }),
  gradient: ({ b, g, inputs: [x, y] }) => [() => b.matMul(g, y), () => b.matMul(transposed(b, g), x)],
}
