import { type AxisPadding, axisPadding, convolvedExtent, type Padding } from '../kernel.ts'
import { type Op, ShapeFault } from '../op.ts'
import { transposedConvolution } from '../transposed-convolution.ts'
import type { Operand, Value } from '../value.ts'
import { weightGradient } from '../weight-gradient.ts'

/** The same stride for rows and columns. */
export interface Convolution {
  /** 1 if absent. */
  readonly stride?: number
  /** Zeros around the picture; one padding serves both axes. None if absent. */
  readonly padding?: Padding | AxisPadding
  /** 1 if absent. */
  readonly groups?: number
}

/**
 * Cross-correlation of [N, C, H, W] with a weight [O, C/groups, Ky, Kx].
 * No bias: an `add` that follows is fused by the runtime.
 */
export const conv: Op<readonly [x: Operand, weight: Value], Convolution> = {
  onnx: 'Conv',
  infer: ([x, weight], { stride = 1, padding, groups = 1 }) => {
    const [n, c, h, w] = x.shape
    const [outputs, inputs, height, width] = weight.shape
    if (
      x.shape.length !== 4 ||
      weight.shape.length !== 4 ||
      c !== inputs! * groups ||
      outputs! % groups !== 0
    ) {
      throw new ShapeFault(`the weight [${weight.shape.join(', ')}] does not fit [${x.shape.join(', ')}]`)
    }
    const { rows, columns } = axisPadding(padding)
    if ([rows, columns].some(({ before, after }) => before < 0 || after < 0)) {
      throw new ShapeFault('padding is negative')
    }
    const outputHeight = convolvedExtent(h!, height!, stride, rows)
    const outputWidth = convolvedExtent(w!, width!, stride, columns)
    if (outputHeight < 1 || outputWidth < 1) {
      throw new ShapeFault(`the kernel is larger than [${x.shape.join(', ')}]`)
    }
    return { dtype: x.dtype, shape: [n!, outputs!, outputHeight, outputWidth] }
  },
  lower: ({ stride = 1, padding, groups = 1 }, [, weight]) => {
    const { rows, columns } = axisPadding(padding)
    return {
      attributes: {
        kernel_shape: weight.shape.slice(2),
        strides: [stride, stride],
        pads: [rows.before, columns.before, rows.after, columns.after],
        group: groups,
      },
    }
  },
  gradient: ({ b, g, inputs: [x, weight], attributes }) => [
    () => transposedConvolution(b, g, weight, { ...attributes, extents: [x.shape[2]!, x.shape[3]!] }),
    () => weightGradient(b, x, g, weight.shape, attributes),
  ],
}
