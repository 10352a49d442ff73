import { toFloat16 } from '../half.ts'
import { type DType, type Shape, sizeOf, type Tensor } from '../tensor.ts'

/** Element types that computed values have; float16 only where `halfPrecision` put it. */
export type ValueDType = Extract<DType, 'float32' | 'float64' | 'float16' | 'int64' | 'bool'>

/** What is known of a value before it exists. */
export interface ValueType {
  readonly dtype: ValueDType
  readonly shape: Shape
}

/** A tensor of the graph: an input, a constant, or what one node computes. Type and shape are always known. */
export interface Value extends ValueType {
  /** Position in order of creation: every node comes after its inputs. */
  readonly id: number
  /** Unique in the graph; scopes are joined by dots: `synthesis.b64.conv0.mul_3`. */
  readonly name: string
  readonly source: Source
}

export type Source =
  | { readonly kind: 'input' }
  | { readonly kind: 'constant'; readonly tensor: Tensor }
  | {
      readonly kind: 'node'
      readonly op: string
      readonly inputs: readonly Value[]
      readonly attributes: unknown
    }

/** A value, or a number that becomes a shared constant of the type of its neighbours. */
export type Operand = Value | number

/** The value's tensor if it is a constant. */
export function constantOf(value: Value): Tensor | undefined {
  return value.source.kind === 'constant' ? value.source.tensor : undefined
}

/** A tensor of one number, rounded to the type. */
export function filled(value: number, dtype: ValueDType, shape: Shape = []): Tensor {
  const size = sizeOf(shape)
  switch (dtype) {
    case 'float32':
      return { dtype, shape, data: new Float32Array(size).fill(value) }
    case 'float64':
      return { dtype, shape, data: new Float64Array(size).fill(value) }
    case 'float16':
      return { dtype, shape, data: new Uint16Array(size).fill(toFloat16(Float32Array.of(value))[0]!) }
    case 'int64':
      return { dtype, shape, data: new BigInt64Array(size).fill(BigInt(value)) }
    case 'bool':
      return { dtype, shape, data: new Uint8Array(size).fill(value === 0 ? 0 : 1) }
  }
}
