import { gradients } from '../../engine/graph/backward.ts'
import { type Builder, createBuilder } from '../../engine/graph/builder.ts'
import { serialise } from '../../engine/graph/onnx.ts'
import { transposedConvolution } from '../../engine/graph/transposed-convolution.ts'
import type { Model, NamedTensors } from '../../engine/runtime.ts'
import { floatTensor, type Shape, sizeOf } from '../../engine/tensor.ts'

/** A graph and what to feed it. */
export interface ReadyGraph {
  readonly model: Model
  readonly inputs: NamedTensors
}

/** Numbers in -1..1 that repeat nowhere near, the same everywhere. */
function numbers(shape: Shape, phase: number) {
  return floatTensor(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(phase + 1.7 * i + 0.013 * i * i)),
  )
}

function weight(b: Builder, ...shape: Shape) {
  return b.constant(numbers(shape, sizeOf(shape)), 'weight')
}

/**
 * The kinds of computation that a step of the search is made of, in small: convolutions of every sort, pooling,
 * enlargement, extremes, products, norms, and their gradients.
 */
export function probeGraph(): ReadyGraph {
  const b = createBuilder()
  const shape = [1, 8, 8, 8]
  const x = b.input('x', shape)
  const padding = { before: 1, after: 1 }
  const up = transposedConvolution(b, x, weight(b, 8, 8, 3, 3), { stride: 2, extents: [18, 18] })
  const low = b.conv(up, weight(b, 8, 1, 4, 1), {
    padding: { rows: { before: 1, after: 0 }, columns: { before: 0, after: 0 } },
    groups: 8,
  })
  const cropped = b.slice(low, { axis: 3, start: 0, end: 16 })
  const active = b.leakyRelu(b.affine(cropped, weight(b, 8), weight(b, 8)), { alpha: 0.2 })
  const narrow = b.relu(b.conv(active, weight(b, 8, 8, 3, 3), { padding, stride: 2 }))
  const joined = b.concat([narrow, b.maxPool(active, { size: 2 })], { axis: 1 })
  const wide = b.upsample(b.averagePool(joined, { size: 2 }), { size: 2 })
  const span = b.sub(b.reduceMax(wide, {}), b.reduceMin(wide, {}))
  const rows = b.reshape(b.div(wide, span), { shape: [16, 64] })
  const product = b.matMul(weight(b, 4, 16), rows)
  const loss = b.sqrt(b.reduceSum(b.mul(product, product), { keep: false }))
  const [slope] = gradients(b, loss, [x])
  return { model: serialise({ active, product, slope: slope! }), inputs: { x: numbers(shape, 0) } }
}

/** A convolution of 1.2 GFLOP. */
export function loadGraph(): ReadyGraph {
  const b = createBuilder()
  const shape = [1, 64, 128, 128]
  const padding = { before: 1, after: 1 }
  const y = b.conv(b.input('x', shape), weight(b, 64, 64, 3, 3), { padding })
  return { model: serialise({ sum: b.reduceSum(y, { keep: false }) }), inputs: { x: numbers(shape, 0) } }
}
