import { broadcastShapes, type InputsOf, type Op, ShapeFault, type StopOp } from '../op.ts'
import type { Operand, Value, ValueType } from '../value.ts'

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
  infer: broadcast,
  gradient: ({ g }) => [() => g, () => g],
}

export const sub: Op<Binary> = {
  onnx: 'Sub',
  infer: broadcast,
  gradient: ({ b, g }) => [() => g, () => b.neg(g)],
}

export const mul: Op<Binary> = {
  onnx: 'Mul',
  infer: broadcast,
  gradient: ({ b, g, inputs: [x, y] }) => [() => b.mul(g, y), () => b.mul(g, x)],
}

export const div: Op<Binary> = {
  onnx: 'Div',
  infer: broadcast,
  // d(x/y)/dy = -(x/y)/y
  gradient: ({ b, g, inputs: [, y], output }) => [() => b.div(g, y), () => b.neg(b.mul(g, b.div(output, y)))],
}

export const neg: Op<Unary> = { onnx: 'Neg', infer: sameType, gradient: ({ b, g }) => [() => b.neg(g)] }

export const exp: Op<Unary> = {
  onnx: 'Exp',
  infer: sameType,
  gradient: ({ b, g, output }) => [() => b.mul(g, output)],
}

export const log: Op<Unary> = {
  onnx: 'Log',
  infer: sameType,
  gradient: ({ b, g, inputs: [x] }) => [() => b.div(g, x)],
}

export const abs: Op<Unary> = {
  onnx: 'Abs',
  infer: sameType,
  gradient: ({ b, g, inputs: [x] }) => [() => b.mul(g, b.sign(x))],
}

/** The gradient at 0 is 0, as torch.linalg.vector_norm has it, so that a norm of nothing stays finite. */
export const sqrt: Op<Unary> = {
  onnx: 'Sqrt',
  infer: sameType,
  gradient: ({ b, g, output }) => [() => b.where(b.greater(output, 0), b.div(b.mul(g, 0.5), output), 0)],
}

export const sigmoid: Op<Unary> = {
  onnx: 'Sigmoid',
  infer: sameType,
  gradient: ({ b, g, output }) => [() => b.mul(g, b.mul(output, b.sub(1, output)))],
}

export const tanh: Op<Unary> = {
  onnx: 'Tanh',
  infer: sameType,
  gradient: ({ b, g, output }) => [() => b.mul(g, b.sub(1, b.mul(output, output)))],
}

export const softplus: Op<Unary> = {
  onnx: 'Softplus',
  infer: sameType,
  gradient: ({ b, g, inputs: [x] }) => [() => b.mul(g, b.sigmoid(x))],
}

/** max(x, 0); the gradient at 0 is 0. */
export const relu: Op<Unary> = {
  onnx: 'Relu',
  infer: sameType,
  gradient: ({ b, g, output }) => [() => b.where(b.greater(output, 0), g, 0)],
}

/** x where x >= 0, else alpha * x. */
export const leakyRelu: Op<Unary, { readonly alpha: number }> = {
  onnx: 'LeakyRelu',
  infer: sameType,
  lower: ({ alpha }) => ({ attributes: { alpha: { float: alpha } } }),
  gradient: ({ b, g, output, attributes: { alpha } }) => [
    () => b.where(b.greater(output, 0), g, b.mul(g, alpha)),
  ],
}

/** Limits to [low, high]; the gradient passes on the limits themselves, as in PyTorch. */
export const clip: Op<Unary, { readonly low: number; readonly high: number }> = {
  onnx: 'Clip',
  infer: sameType,
  lower: ({ low, high }, [{ dtype }]) => ({
    constants: [low, high].map((limit) =>
      dtype === 'float64'
        ? { dtype, shape: [], data: Float64Array.of(limit) }
        : { dtype: 'float32', shape: [], data: Float32Array.of(limit) },
    ),
  }),
  gradient: ({ b, g, inputs: [x], output }) => [() => b.where(b.equal(x, output), g, 0)],
}

export const where: Op<readonly [condition: Value, x: Operand, y: Operand]> = {
  onnx: 'Where',
  infer: ([condition, x, y]) => {
    if (condition.dtype !== 'bool') throw new ShapeFault('the condition is not bool')
    const { dtype, shape } = broadcast([x, y])
    return { dtype, shape: broadcastShapes(condition.shape, shape) }
  },
  gradient: ({ b, g, inputs: [condition] }) => [
    'stop',
    () => b.where(condition, g, 0),
    () => b.where(condition, 0, g),
  ],
}

export const equal: StopOp<Binary> = { onnx: 'Equal', infer: compared, gradient: 'stop' }
export const greater: StopOp<Binary> = { onnx: 'Greater', infer: compared, gradient: 'stop' }
export const sign: StopOp<Unary> = { onnx: 'Sign', infer: sameType, gradient: 'stop' }
