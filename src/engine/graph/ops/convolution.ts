import { convolvedExtent, type Padding } from '../kernel.ts'
import { type Op, ShapeFault } from '../op.ts'
import { transposedConvolution } from '../transposed-convolution.ts'
import type { Operand, Value } from '../value.ts'

/** Square kernels; the same stride and padding for rows and columns. */
export interface Convolution {
  /** 1 if absent. */
  readonly stride?: number
  /** None if absent. */
  readonly padding?: Padding
  /** 1 if absent. */
  readonly groups?: number
}

const noPadding: Padding = { before: 0, after: 0 }

/**
 * Cross-correlation of [N, C, H, W] (H = W where the gradient is needed with a stride) with a constant weight
 * [O, C/groups, K, K]. No bias: an `add` that follows is fused by the runtime.
 */
export const conv: Op<readonly [x: Operand, weight: Value], Convolution> = {
  onnx: 'Conv',
  infer: ([x, weight], { stride = 1, padding = noPadding, groups = 1 }) => {
    const [n, c, h, w] = x.shape
    const [outputs, inputs, rows, columns] = weight.shape
    if (
      x.shape.length !== 4 ||
      weight.shape.length !== 4 ||
      c !== inputs! * groups ||
      outputs! % groups !== 0
    ) {
      throw new ShapeFault(`the weight [${weight.shape.join(', ')}] does not fit [${x.shape.join(', ')}]`)
    }
    const height = convolvedExtent(h!, rows!, stride, padding)
    const width = convolvedExtent(w!, columns!, stride, padding)
    if (height < 1 || width < 1) throw new ShapeFault(`the kernel is larger than [${x.shape.join(', ')}]`)
    return { dtype: x.dtype, shape: [n!, outputs!, height, width] }
  },
  lower: ({ stride = 1, padding = noPadding, groups = 1 }, [, weight]) => ({
    attributes: {
      kernel_shape: weight.shape.slice(2),
      strides: [stride, stride],
      pads: [padding.before, padding.before, padding.after, padding.after],
      group: groups,
    },
  }),
  gradient: ({ b, g, inputs: [x, weight], attributes }) => [
    () => transposedConvolution(b, g, weight, { ...attributes, extent: x.shape[2]! }),
    'stop',
  ],
}
