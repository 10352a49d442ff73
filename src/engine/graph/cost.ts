import { sizeOf } from '../tensor.ts'
import { reachable } from './onnx.ts'
import type { OpName } from './ops/index.ts'
import type { Value } from './value.ts'

/** What it takes to compute a graph once. */
export interface GraphCost {
  /** Floating-point operations of its convolutions and matrix products: two for each weight at each place. */
  readonly operations: number
  /** Elements that its nodes read and write. */
  readonly elements: number
}

/** The cost of computing these values. */
export function costOf(outputs: readonly Value[]): GraphCost {
  let [operations, elements] = [0, 0]
  for (const { shape, source } of reachable(outputs)) {
    if (source.kind !== 'node') continue
    operations += 2 * sizeOf(shape) * factors(source.op as OpName, source.inputs)
    elements += sizeOf(shape) + source.inputs.reduce((sum, input) => sum + sizeOf(input.shape), 0)
  }
  return { operations, elements }
}

/** The products that each element of a node is the sum of. */
function factors(op: OpName, [x, y]: readonly Value[]): number {
  if (op === 'conv') return sizeOf(y!.shape.slice(1))
  return op === 'matMul' || op === 'rowProducts' ? x!.shape.at(-1)! : 0
}
