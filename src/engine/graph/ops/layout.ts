import { layoutOf, StridedView } from '../../strided.ts'
import type { Shape } from '../../tensor.ts'
import { sizeOf } from '../../tensor.ts'
import { onnxDTypes } from '../onnx-types.ts'
import { broadcastShapes, type ConstantRuleOp, checkAxis, int64Tensor, type Op, ShapeFault } from '../op.ts'
import type { Operand, ValueDType } from '../value.ts'

type Unary = readonly [x: Operand]

/** A batch of 1 that stays is copied (ONNX: 0), so that it may be one that the runtime is not told: see `OnnxOptions`. */
function withBatchOf(before: Shape, after: Shape): Shape {
  return before[0] === 1 && after[0] === 1 ? [0, ...after.slice(1)] : after
}

export const reshape: Op<Unary, { readonly shape: Shape }> = {
  onnx: 'Reshape',
  infer: ([x], { shape }) => {
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new ShapeFault(`[${x.shape.join(', ')}] has not as many elements as [${shape.join(', ')}]`)
    }
    return { dtype: x.dtype, shape }
  },
  lower: ({ shape }, [x]) => ({ constants: [int64Tensor(withBatchOf(x.shape, shape))] }),
  fold: ({ dtype, data }, shape) => ({ dtype, shape, data }),
  gradient: ({ b, g, inputs: [x] }) => [() => b.reshape(g, { shape: x.shape })],
}

export const transpose: Op<Unary, { readonly order: readonly number[] }> = {
  onnx: 'Transpose',
  infer: ([x], { order }) => {
    if (order.length !== x.shape.length || [...order].sort((m, n) => m - n).some((axis, i) => axis !== i)) {
      throw new ShapeFault(`[${order.join(', ')}] is no order of ${x.shape.length} axes`)
    }
    return { dtype: x.dtype, shape: order.map((axis) => x.shape[axis]!) }
  },
  lower: ({ order }) => ({ attributes: { perm: order } }),
  fold(x, shape, { order }) {
    const layout = layoutOf(x)
    return new StridedView(shape, { ...layout, strides: order.map((axis) => layout.strides[axis]!) })
  },
  gradient: ({ b, g, attributes: { order } }) => [
    () => b.transpose(g, { order: order.map((_, axis) => order.indexOf(axis)) }),
  ],
}

/** Repeats axes of extent 1; the driver sums the gradient over them. */
export const expand: Op<Unary, { readonly shape: Shape }> = {
  onnx: 'Expand',
  elementwise: true,
  infer: ([x], { shape }) => {
    const full = broadcastShapes(x.shape, shape)
    if (full.length !== shape.length || full.some((extent, axis) => extent !== shape[axis])) {
      throw new ShapeFault(`[${x.shape.join(', ')}] does not expand to [${shape.join(', ')}]`)
    }
    return { dtype: x.dtype, shape }
  },
  lower: ({ shape }) => ({ constants: [int64Tensor(shape)] }),
  gradient: ({ g }) => [() => g],
}

export const concat: Op<readonly [xs: readonly Operand[]], { readonly axis: number }> = {
  onnx: 'Concat',
  infer: (xs, { axis }) => {
    const [first, ...others] = xs
    if (first === undefined) throw new ShapeFault('nothing to concatenate')
    checkAxis(axis, first.shape)
    for (const x of others) {
      const fits = x.shape.length === first.shape.length && x.dtype === first.dtype
      if (!fits || x.shape.some((extent, i) => i !== axis && extent !== first.shape[i])) {
        throw new ShapeFault(
          `[${first.shape.join(', ')}] and [${x.shape.join(', ')}] do not join on axis ${axis}`,
        )
      }
    }
    const total = xs.reduce((sum, x) => sum + x.shape[axis]!, 0)
    return { dtype: first.dtype, shape: first.shape.map((extent, i) => (i === axis ? total : extent)) }
  },
  lower: ({ axis }) => ({ attributes: { axis } }),
  gradient: ({ b, g, inputs: xs, attributes: { axis } }) => {
    let end = 0
    return xs.map((x) => {
      const start = end
      end += x.shape[axis]!
      const span = { axis, start, end }
      return () => b.slice(g, span)
    })
  },
}

/** Elements start (inclusive) to end (exclusive) of one axis. */
export const slice: Op<Unary, { readonly axis: number; readonly start: number; readonly end: number }> = {
  onnx: 'Slice',
  infer: ([x], { axis, start, end }) => {
    checkAxis(axis, x.shape)
    const extent = x.shape[axis]!
    if (!(start >= 0 && start < end && end <= extent)) {
      throw new ShapeFault(`${start} to ${end} is outside axis ${axis} of [${x.shape.join(', ')}]`)
    }
    return { dtype: x.dtype, shape: x.shape.map((n, i) => (i === axis ? end - start : n)) }
  },
  lower: ({ axis, start, end }) => ({
    constants: [int64Tensor([start]), int64Tensor([end]), int64Tensor([axis])],
  }),
  gradient: ({ b, g, inputs: [x], attributes: { axis, start, end } }) => [
    () => b.pad(g, { axis, before: start, after: x.shape[axis]! - end }),
  ],
}

/** Elements start, start + step, … of one axis, so many of them; for weights, whose gradients nobody asks for. */
export const pick: ConstantRuleOp<
  Unary,
  { readonly axis: number; readonly start: number; readonly step: number; readonly count: number }
> = {
  onnx: 'Slice',
  infer: ([x], { axis, start, step, count }) => {
    checkAxis(axis, x.shape)
    const last = start + step * (count - 1)
    if (count < 1 || step === 0 || [start, last].some((place) => !(place >= 0 && place < x.shape[axis]!))) {
      throw new ShapeFault(`${start} to ${last} is outside axis ${axis} of [${x.shape.join(', ')}]`)
    }
    return { dtype: x.dtype, shape: x.shape.map((n, i) => (i === axis ? count : n)) }
  },
  lower: ({ axis, start, step, count }, [x]) => {
    const end = start + step * count
    // Going down, the place before the first has no number of its own: -1 is the last.
    const bounds = [start, end < 0 ? -x.shape[axis]! - 1 : end, axis, step]
    return { constants: bounds.map((bound) => int64Tensor([bound])) }
  },
  fold(x, shape, { axis, start, step }) {
    const { source, strides, offset } = layoutOf(x)
    return new StridedView(shape, {
      source,
      strides: strides.map((stride, i) => (i === axis ? stride * step : stride)),
      offset: offset + start * strides[axis]!,
    })
  },
  gradient: 'unwritten',
}

/** Zeros before and after one axis. */
export const pad: Op<Unary, { readonly axis: number; readonly before: number; readonly after: number }> = {
  onnx: 'Pad',
  infer: ([x], { axis, before, after }) => {
    checkAxis(axis, x.shape)
    if (before < 0 || after < 0) throw new ShapeFault('padding is negative')
    return { dtype: x.dtype, shape: x.shape.map((n, i) => (i === axis ? n + before + after : n)) }
  },
  lower: ({ axis, before, after }, [x]) => {
    const amounts = [before, after].flatMap((amount) => x.shape.map((_, i) => (i === axis ? amount : 0)))
    return { constants: [int64Tensor(amounts)] }
  },
  gradient: ({ b, g, inputs: [x], attributes: { axis, before } }) => [
    () => b.slice(g, { axis, start: before, end: before + x.shape[axis]! }),
  ],
}

/** [N, C*k*k, H, W] -> [N, C, H*k, W*k]; channel c*k*k + i*k + j goes to row offset i, column offset j. */
export const depthToSpace: Op<Unary, { readonly block: number }> = {
  onnx: 'DepthToSpace',
  infer: ([x], { block }) => {
    const [n, c, h, w] = x.shape
    if (x.shape.length !== 4 || c! % (block * block) !== 0) {
      throw new ShapeFault(`[${x.shape.join(', ')}] has no ${block}x${block} blocks in its channels`)
    }
    return { dtype: x.dtype, shape: [n!, c! / (block * block), h! * block, w! * block] }
  },
  lower: ({ block }) => ({ attributes: { blocksize: block, mode: 'CRD' } }),
  gradient: ({ b, g, inputs: [x], attributes: { block } }) => [
    () => {
      const [n, c, h, w] = x.shape as [number, number, number, number]
      const blocks = b.reshape(g, { shape: [n, c / (block * block), h, block, w, block] })
      return b.reshape(b.transpose(blocks, { order: [0, 1, 3, 5, 2, 4] }), { shape: x.shape })
    },
  ],
}

/** Conversion of type; only between float types does it carry a gradient. */
export const cast: Op<Unary, { readonly dtype: ValueDType }> = {
  onnx: 'Cast',
  infer: ([x], { dtype }) => ({ dtype, shape: x.shape }),
  lower: ({ dtype }) => ({ attributes: { to: onnxDTypes[dtype] } }),
  gradient: ({ b, g, inputs: [x], attributes: { dtype } }) => [
    x.dtype.startsWith('float') && dtype.startsWith('float') ? () => b.cast(g, { dtype: x.dtype }) : 'zero',
  ],
}
