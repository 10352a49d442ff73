import { serialise } from '../../src/engine/graph/onnx.ts'
import type { Value } from '../../src/engine/graph/value.ts'
import type { NamedTensors } from '../../src/engine/runtime.ts'
import type { Shape, Tensor } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'

const runtime = onnxRuntime('cpu')

/** A function of tensors to tensors: the graph's outputs for its inputs; inputs that it does not need are left out. */
export interface LoadedGraph {
  readonly run: (inputs: NamedTensors) => Promise<Record<string, Tensor>>
  readonly dispose: () => Promise<void>
}

/** Loads the graph of the named outputs with the CPU runtime, one thread. */
export async function loadGraph(outputs: Readonly<Record<string, Value>>): Promise<LoadedGraph> {
  const session = await runtime.load(serialise(outputs), { threads: 1 })
  return {
    run: (inputs) =>
      session.run(Object.fromEntries(session.inputNames.map((name) => [name, inputs[name] as Tensor]))),
    dispose: () => session.dispose(),
  }
}

/** The named outputs of a graph that is used once. */
export async function evaluate(
  outputs: Readonly<Record<string, Value>>,
  inputs: NamedTensors = {},
): Promise<Record<string, Tensor>> {
  const graph = await loadGraph(outputs)
  try {
    return await graph.run(inputs)
  } finally {
    await graph.dispose()
  }
}

/** A float tensor of numbers in the given type. */
export function tensorOf(dtype: 'float32' | 'float64', shape: Shape, numbers: readonly number[]): Tensor {
  return dtype === 'float32'
    ? { dtype, shape, data: Float32Array.from(numbers) }
    : { dtype, shape, data: Float64Array.from(numbers) }
}

/** The elements as plain numbers. */
export function numbersOf(tensor: Tensor | undefined): number[] {
  if (tensor === undefined) throw new Error('the graph has no such output')
  return Array.from(tensor.data as ArrayLike<number | bigint>, Number)
}
