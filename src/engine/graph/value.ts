import type { DType, Shape, Tensor } from '../tensor.ts'

/** Element types that computed values have. */
export type ValueDType = Extract<DType, 'float32' | 'float64' | 'int64' | 'bool'>

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
