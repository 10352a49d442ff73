import type { Shape } from '../tensor.ts'
import type { Builder } from './builder.ts'
import { axisPadding, type Padding } from './kernel.ts'
import type { Convolution } from './ops/convolution.ts'
import type { Value } from './value.ts'

/**
 * The gradient of `conv` for its weight [O, I, Ky, Kx]: a matrix product for each of its taps, of the gradient of the result
 * and the part of the padded input that the tap sees. On the processor that is as fast as one product of all parts at once,
 * which needs the memory for all of them, and twice as fast as a convolution.
 *
 * @param x [N, groups * I, H, W]
 * @param g [N, O, h, w], the gradient of the result
 */
export function weightGradient(
  b: Builder,
  x: Value,
  g: Value,
  shape: Shape,
  { stride = 1, padding, groups = 1 }: Convolution,
): Value {
  const [outputs, inputs, height, width] = shape as [number, number, number, number]
  const [, , rowCount, columnCount] = g.shape as [number, number, number, number]
  const { rows, columns } = axisPadding(padding)
  const padded = zerosAround(b, zerosAround(b, x, 2, rows), 3, columns)
  const seen = (from: Value, axis: number, start: number, count: number) =>
    stride === 1
      ? b.slice(from, { axis, start, end: start + count })
      : b.pick(from, { axis, start, step: stride, count })
  // Columns first: of their parts, rows are taken as whole blocks.
  const lines = Array.from({ length: width }, (_, column) => seen(padded, 3, column, columnCount))
  const parts = Array.from({ length: height }, (_, row) =>
    lines.map((line) => byGroup(b, seen(line, 2, row, rowCount), groups)),
  ).flat()
  const each = byGroup(b, g, groups).map((results, group) => {
    const products = parts.map((part) => b.rowProducts(results, part[group]!))
    // Side by side, so that the taps of a kernel lie together without being transposed.
    const flat = products.map((product) => b.reshape(product, { shape: [(outputs / groups) * inputs, 1] }))
    return b.concat(flat, { axis: 1 })
  })
  return b.reshape(b.concat(each, { axis: 0 }), { shape })
}

/** [N, groups * C, H, W] -> [C, N * H * W] for each group. */
function byGroup(b: Builder, x: Value, groups: number): readonly Value[] {
  const [n, channels, height, width] = x.shape as [number, number, number, number]
  const first = n === 1 ? x : b.transpose(x, { order: [1, 0, 2, 3] })
  const flat = b.reshape(first, { shape: [channels, n * height * width] })
  const count = channels / groups
  return Array.from({ length: groups }, (_, group) =>
    b.slice(flat, { axis: 0, start: group * count, end: (group + 1) * count }),
  )
}

function zerosAround(b: Builder, x: Value, axis: number, { before, after }: Padding): Value {
  return before === 0 && after === 0 ? x : b.pad(x, { axis, before, after })
}
