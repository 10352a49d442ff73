import type { GradientRule, Op } from '../op.ts'
import type { Operand, Value } from '../value.ts'

/** The gradient of a value that was built from several ops, written as one. */
export interface HandWritten {
  /** The rules for the inputs after the first, given the gradient of the value. */
  readonly gradient: (g: Value, output: Value) => readonly GradientRule[]
}

/**
 * The first of the inputs. It was built from the others; the driver uses the given rules instead of walking
 * through its ops, where mathematics knows a shorter way back.
 */
export const withGradient: Op<readonly [valueAndInputs: readonly Operand[]], HandWritten> = {
  onnx: 'Identity',
  infer: ([value]) => ({ dtype: value!.dtype, shape: value!.shape }),
  lower: () => ({ inputs: 1 }),
  gradient: ({ g, inputs: [value, ...others], output, attributes, dependsBeside }) => [
    // What acts on the value past the inputs that have rules, such as a weight, has none.
    dependsBeside(value!, others) ? 'unwritten' : 'zero',
    ...attributes.gradient(g, output),
  ],
}
