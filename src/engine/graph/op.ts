import type { Shape, Tensor } from '../tensor.ts'
import type { Builder } from './builder.ts'
import type { Operand, Value, ValueType } from './value.ts'

export type OnnxAttribute = number | string | readonly number[] | { readonly float: number }

/** What an op looks like in ONNX beyond its name: attributes, and constants that follow its inputs. */
export interface OnnxForm {
  /** How many of the inputs are written; all if absent. */
  readonly inputs?: number
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>
  readonly constants?: readonly Tensor[]
}

/** The graph inputs of a call: a variadic op takes one list. */
export type InputsOf<Args extends readonly unknown[]> = Args extends readonly [readonly Operand[]]
  ? readonly Value[]
  : { readonly [K in keyof Args]: Value }

/** What a gradient rule may use. `g` is the gradient of the loss for the op's output. */
export interface GradientContext<Args extends readonly unknown[], Attributes> {
  readonly b: Builder
  readonly g: Value
  readonly inputs: InputsOf<Args>
  readonly output: Value
  readonly attributes: Attributes
  /** Whether a value that gradients are asked for acts on `value` by a way that leads past all of `others`. */
  readonly dependsBeside: (value: Value, others: readonly Value[]) => boolean
}

/**
 * Builds the gradient for one input. 'zero': there is nothing to add for that input. 'unwritten': nobody has needed
 * its gradient yet, so who asks for it is told rather than given zeros.
 */
export type GradientRule = (() => Value) | 'zero' | 'unwritten'

/**
 * One row of the op table. `Args` are the operands of the builder's method, `Attributes` its last parameter
 * (none where it is undefined). Every op has one output.
 */
export interface Op<Args extends readonly unknown[], Attributes = undefined> {
  /** Name in ONNX's default domain. */
  readonly onnx: string
  /** Type and shape of the output; throws `ShapeFault` where the inputs do not fit. */
  readonly infer: (inputs: InputsOf<Args>, attributes: Attributes) => ValueType
  /**
   * The vector-Jacobian product, a rule an input. Broadcasting is undone by the driver, so a rule may answer
   * in the shape of the output; or in a smaller one that broadcasts to what is meant.
   */
  readonly gradient: (context: GradientContext<Args, Attributes>) => readonly GradientRule[]
  readonly lower?: (attributes: Attributes, inputs: InputsOf<Args>) => OnnxForm
  /**
   * What it makes of a constant, for ops of weights: the runtime would do it too, but takes longer to take a constant out
   * of a graph than to compute it.
   */
  readonly fold?: (x: Tensor, shape: Shape, attributes: Attributes) => Tensor
  /**
   * Whether the op works element by element: its rules then take a `g` that is smaller than the output and
   * stands for what it broadcasts to, so that nothing is expanded before it must.
   */
  readonly elementwise?: true
}

/** An op with one answer for all its inputs: 'zero' for comparisons, signs and other steps. */
export interface ConstantRuleOp<Args extends readonly unknown[], Attributes = undefined>
  extends Omit<Op<Args, Attributes>, 'gradient'> {
  readonly gradient: Exclude<GradientRule, () => Value>
}

/** Shapes or types that do not fit; the builder adds op and node and makes it a MienError. */
export class ShapeFault extends Error {}

/** NumPy's broadcasting of two shapes. */
export function broadcastShapes(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length)
  return Array.from({ length: rank }, (_, axis) => {
    const m = a[axis - rank + a.length] ?? 1
    const n = b[axis - rank + b.length] ?? 1
    if (m !== n && m !== 1 && n !== 1) {
      throw new ShapeFault(`[${a.join(', ')}] and [${b.join(', ')}] do not broadcast`)
    }
    return m === 1 ? n : m
  })
}

/** Axes as non-negative numbers in ascending order; negative ones count from the end. */
export function normalAxes(axes: readonly number[], rank: number): readonly number[] {
  const normal = axes.map((axis) => (axis < 0 ? axis + rank : axis)).sort((m, n) => m - n)
  if (normal.some((axis, place) => !(axis >= 0 && axis < rank) || axis === normal[place - 1])) {
    throw new ShapeFault(`[${axes.join(', ')}] are no axes of rank ${rank}`)
  }
  return normal
}

/** Faults where that is no axis; the ops that take one axis take no negative ones. */
export function checkAxis(axis: number, shape: Shape): void {
  if (!(axis >= 0 && axis < shape.length)) {
    throw new ShapeFault(`${axis} is no axis of [${shape.join(', ')}]`)
  }
}

export function int64Tensor(values: readonly number[]): Tensor<'int64'> {
  return { dtype: 'int64', shape: [values.length], data: BigInt64Array.from(values, BigInt) }
}
