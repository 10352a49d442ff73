import { roundedToFloat16 } from '../../half.ts'
import { type FloatTensor, times } from '../../tensor.ts'
import { broadcastShapes, type ConstantRuleOp, type InputsOf, type Op, ShapeFault } from '../op.ts'
import { filled, type Operand, type Value, type ValueType } from '../value.ts'

type Unary = readonly [x: Operand]
type Binary = readonly [x: Operand, y: Operand]

function sameType([x]: InputsOf<Unary>): ValueType {
  return { dtype: x.dtype, shape: x.shape }
}

function broadcast([x, y]: InputsOf<Binary>): ValueType {
  if (x.dtype !== y.dtype) throw new ShapeFault(`types differ: ${x.dtype} and ${y.dtype}`)
  return { dtype: x.dtype, shape: broadcastShapes(x.shape, y.shape) }
}

function compared(inputs: InputsOf<Binary>): ValueType {
  return { dtype: 'bool', shape: broadcast(inputs).shape }
}

export const add: Op<Binary> = {
  onnx: 'Add',
  elementwise: true,
  infer: broadcast,
  gradient: ({ g }) => [() => g, () => g],
}

export const sub: Op<Binary> = {
  onnx: 'Sub',
  elementwise: true,
  infer: broadcast,
  gradient: ({ b, g }) => [() => g, () => b.neg(g)],
}

export const mul: Op<Binary> = {
  onnx: 'Mul',
  elementwise: true,
  infer: broadcast,
  // A square: 2 g x in one product instead of two and their sum.
  gradient: ({ b, g, inputs: [x, y] }) =>
    x === y ? [() => b.mul(b.mul(g, 2), x), 'zero'] : [() => b.mul(g, y), () => b.mul(g, x)],
}

export const div: Op<Binary> = {
  onnx: 'Div',
  elementwise: true,
  infer: broadcast,
  // d(x/y)/dy = -(x/y)/y
  gradient: ({ b, g, inputs: [, y], output }) => [() => b.div(g, y), () => b.neg(b.mul(g, b.div(output, y)))],
}

/** Times a number that is not rounded to the type before a constant is multiplied by it. */
export const scaled: Op<Unary, { readonly factor: number }> = {
  onnx: 'Mul',
  elementwise: true,
  infer: sameType,
  lower: ({ factor }, [x]) => ({ constants: [filled(factor, x.dtype)] }),
  fold: (x, _, { factor }) => times(x as FloatTensor, factor),
  gradient: ({ b, g, attributes }) => [() => b.scaled(g, attributes)],
}

export const neg: Op<Unary> = {
  onnx: 'Neg',
  elementwise: true,
  infer: sameType,
  gradient: ({ b, g }) => [() => b.neg(g)],
}

export const exp: Op<Unary> = {
  onnx: 'Exp',
  elementwise: true,
  infer: sameType,
  gradient: ({ b, g, output }) => [() => b.mul(g, output)],
}

export const log: Op<Unary> = {
  onnx: 'Log',
  elementwise: true,
  infer: sameType,
  gradient: ({ b, g, inputs: [x] }) => [() => b.div(g, x)],
}

export const abs: Op<Unary> = {
  onnx: 'Abs',
  elementwise: true,
  infer: sameType,
  gradient: ({ b, g, inputs: [x] }) => [() => b.mul(g, b.sign(x))],
}

/** The gradient at 0 is 0, as torch.linalg.vector_norm has it, so that a norm of nothing stays finite. */
export const sqrt: Op<Unary> = {
  onnx: 'Sqrt',
  elementwise: true,
  infer: sameType,
  gradient: ({ b, g, output }) => [() => b.where(b.greater(output, 0), b.div(b.mul(g, 0.5), output), 0)],
}

export const sigmoid: Op<Unary> = {
  onnx: 'Sigmoid',
  elementwise: true,
  infer: sameType,
  gradient: ({ b, g, output }) => [() => b.mul(g, b.mul(output, b.sub(1, output)))],
}

export const tanh: Op<Unary> = {
  onnx: 'Tanh',
  elementwise: true,
  infer: sameType,
  gradient: ({ b, g, output }) => [() => b.mul(g, b.sub(1, b.mul(output, output)))],
}

export const softplus: Op<Unary> = {
  onnx: 'Softplus',
  elementwise: true,
  infer: sameType,
  gradient: ({ b, g, inputs: [x] }) => [() => b.mul(g, b.sigmoid(x))],
}

/** max(x, 0); the gradient at 0 is 0. */
export const relu: Op<Unary> = {
  onnx: 'Relu',
  elementwise: true,
  infer: sameType,
  gradient: ({ b, g, output }) => [() => b.mul(g, b.step(output, {}))],
}

/** x where x >= 0, else alpha * x. */
export const leakyRelu: Op<Unary, { readonly alpha: number }> = {
  onnx: 'LeakyRelu',
  elementwise: true,
  infer: (operands, { alpha }) => {
    // The gradient rule takes the slopes for ordered.
    if (alpha < 0 || alpha > 1) throw new ShapeFault(`a leaky ReLU has a slope of 0 to 1, not ${alpha}`)
    return sameType(operands)
  },
  lower: ({ alpha }) => ({ attributes: { alpha: { float: alpha } } }),
  gradient: ({ b, g, output, attributes: { alpha } }) => [
    () => b.mul(g, b.clip(b.step(output, {}), { low: alpha, high: 1 })),
  ],
}

/** Limits to [low, high]; the gradient passes on the limits themselves, as in PyTorch. */
export const clip: Op<Unary, { readonly low: number; readonly high: number }> = {
  onnx: 'Clip',
  elementwise: true,
  infer: sameType,
  lower: ({ low, high }, [{ dtype }]) => ({
    constants: [low, high].map((limit) => filled(limit, dtype)),
  }),
  gradient: ({ b, g, inputs: [x], output }) => [
    () => b.mul(g, b.cast(b.equal(x, output), { dtype: x.dtype })),
  ],
}

/** x * scale + shift, a number of each [C] a channel of x [N, C, H, W], in one pass. */
export const affine: Op<readonly [x: Operand, scale: Value, shift: Value]> = {
  onnx: 'BatchNormalization',
  infer: ([x, scale, shift]) => {
    const [, channels] = x.shape
    const fits = ({ dtype, shape }: ValueType) =>
      dtype === x.dtype && shape.length === 1 && shape[0] === channels
    if (x.shape.length !== 4 || !fits(scale) || !fits(shift)) {
      throw new ShapeFault(
        `[${scale.shape}] and [${shift.shape}] are not one number a channel of [${x.shape}]`,
      )
    }
    return { dtype: x.dtype, shape: x.shape }
  },
  // Mean 0 and variance 1, so that only scale and shift remain.
  lower: (_, [{ dtype }, { shape }]) => ({
    attributes: { epsilon: { float: 0 } },
    constants: [0, 1].map((value) => filled(value, dtype, shape)),
  }),
  gradient: ({ b, g, inputs: [x, scale] }) => {
    const sum = (value: Value) => b.reduceSum(value, { axes: [0, 2, 3], keep: false })
    return [
      () => b.mul(g, b.reshape(scale, { shape: [1, scale.shape[0]!, 1, 1] })),
      () => sum(b.mul(g, x)),
      () => sum(g),
    ]
  },
}

export const where: Op<readonly [condition: Value, x: Operand, y: Operand]> = {
  onnx: 'Where',
  elementwise: true,
  infer: ([condition, x, y]) => {
    if (condition.dtype !== 'bool') throw new ShapeFault('the condition is not bool')
    const { dtype, shape } = broadcast([x, y])
    return { dtype, shape: broadcastShapes(condition.shape, shape) }
  },
  gradient: ({ b, g, inputs: [condition] }) => [
    'zero',
    () => b.where(condition, g, 0),
    () => b.where(condition, 0, g),
  ],
}

export const equal: ConstantRuleOp<Binary> = { onnx: 'Equal', infer: compared, gradient: 'zero' }
export const greater: ConstantRuleOp<Binary> = { onnx: 'Greater', infer: compared, gradient: 'zero' }
/** Where the step is (0 if absent), and whether it goes down. */
export interface Step {
  readonly at?: number
  readonly down?: boolean
}

/**
 * 1 where x > at, else 0; with `down` 1 where x < at. A ramp so steep that no number of its type lies on it, those
 * that nearly vanish aside; products with it are several times faster on the CPU than `where`. A power of two keeps
 * the place exact.
 */
export const step: ConstantRuleOp<Unary, Step> = {
  onnx: 'HardSigmoid',
  infer: sameType,
  lower: ({ at = 0, down = false }, [{ dtype }]) => {
    const place = dtype === 'float16' ? roundedToFloat16(at) : at
    const slope = (down ? -1 : 1) * (dtype === 'float16' ? halfSlope(place) : at === 0 ? 2 ** 126 : 2 ** 100)
    return { attributes: { alpha: { float: slope }, beta: { float: -slope * place } } }
  },
  gradient: 'zero',
}

/**
 * Slope and offset are halves there, at most 65504, and their sum is exact: at 0 the largest power of two below, else
 * one over the distance of `at` from the next half towards 0, which comes to an offset of at most 2^11.
 */
function halfSlope(at: number): number {
  return at === 0 ? 2 ** 15 : 2 ** Math.min(15, 11 - Math.ceil(Math.log2(Math.abs(at))))
}

export const sign: ConstantRuleOp<Unary> = { onnx: 'Sign', infer: sameType, gradient: 'zero' }
