import { type Builder, createBuilder } from '../../src/engine/graph/builder.ts'
import { reachable } from '../../src/engine/graph/onnx.ts'
import type { Value } from '../../src/engine/graph/value.ts'
import { fromFloat16, roundedToFloat16 } from '../../src/engine/half.ts'
import { floatTensor } from '../../src/engine/tensor.ts'

/**
 * The graph of outputs of `halfPrecision` in float32, with every float16 result rounded to half by arithmetic: what a
 * device gives that rounds where the graph says so and nowhere else. The processor's own runtime drops much of that
 * rounding. Too large numbers stay as they are. `watch` sees each such result before it is rounded.
 */
export function withRoundedHalves(
  outputs: Readonly<Record<string, Value>>,
  watch: (b: Builder, value: Value, exact: Value) => void = () => undefined,
): Record<string, Value> {
  const b = createBuilder()
  const emulated = new Map<Value, Value>()
  for (const value of [...reachable(Object.values(outputs))].sort((m, n) => m.id - n.id)) {
    emulated.set(
      value,
      b.scope(value.name, () => single(b, value, emulated, watch)),
    )
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, emulated.get(value)!]))
}

function single(
  b: Builder,
  value: Value,
  emulated: ReadonlyMap<Value, Value>,
  watch: (b: Builder, value: Value, exact: Value) => void,
): Value {
  const { source, dtype, shape, name } = value
  if (source.kind === 'input') return b.input(name, shape, dtype)
  if (source.kind === 'constant') {
    const { tensor } = source
    const data = tensor.dtype === 'float16' ? fromFloat16(tensor.data as Uint16Array) : undefined
    return b.constant(data === undefined ? tensor : floatTensor(shape, data), name)
  }
  const inputs = source.inputs.map((input) => emulated.get(input)!)
  if (source.op === 'cast' && inputs[0]!.dtype === 'float32' && dtype !== 'bool') {
    return dtype === 'float16' ? rounded(b, inputs[0]!) : inputs[0]!
  }
  const attributes = { ...(source.attributes as object) } as Record<string, unknown>
  if (dtype === 'float16') {
    if (source.op === 'cast') attributes.dtype = 'float32'
    for (const limit of ['at', 'low', 'high']) {
      if (typeof attributes[limit] === 'number') attributes[limit] = roundedToFloat16(attributes[limit])
    }
  }
  const method = b[source.op as keyof Builder] as (...operands: unknown[]) => Value
  const exact = method(...inputs, ...(source.attributes === undefined ? [] : [attributes]))
  if (dtype !== 'float16') return exact
  watch(b, value, exact)
  return rounded(b, exact)
}

/** To 11 binary digits (Dekker 1971: a product with 2^13 + 1 splits float32 there), and to multiples of 2^-24. */
function rounded(b: Builder, x: Value): Value {
  const high = b.mul(x, 2 ** 13 + 1)
  const digits = b.sub(high, b.sub(high, x))
  return b.sub(b.add(digits, 0.75), 0.75)
}
