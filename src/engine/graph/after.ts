import { sizeOf } from '../tensor.ts'
import type { Builder } from './builder.ts'
import type { Value } from './value.ts'

/**
 * `value`, but not before the others are computed. The runtime orders nodes by depth first, so that a small sum of
 * large tensors may wait until the end, and the tensors with it. Where what comes next needs `value`, the sums are
 * taken while the tensors are at hand. Copies `value`; meant for small ones.
 */
export function after(b: Builder, value: Value, others: readonly Value[]): Value {
  if (others.length === 0) return value
  const flat = (x: Value) => b.reshape(x, { shape: [sizeOf(x.shape)] })
  const marks = others.map((other) => b.slice(flat(other), { axis: 0, start: 0, end: 1 }))
  const joined = b.concat([flat(value), ...marks], { axis: 0 })
  return b.reshape(b.slice(joined, { axis: 0, start: 0, end: sizeOf(value.shape) }), { shape: value.shape })
}
