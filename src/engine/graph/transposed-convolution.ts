import type { FloatTensor } from '../tensor.ts'
import type { Builder } from './builder.ts'
import { adjointKernel } from './kernel.ts'
import { ShapeFault } from './op.ts'
import type { Convolution } from './ops/convolution.ts'
import { constantOf, type Value } from './value.ts'

/** The convolution whose adjoint is wanted. */
export interface TransposedConvolution extends Convolution {
  /** Height and width of the result: the extent of that convolution's input. */
  readonly extent: number
}

/**
 * The adjoint of `conv` with the same weight [O, I, K, K] and attributes: [N, O, h, w] -> [N, I, extent, extent].
 * Built from a convolution with stride 1, which the CPU runtime does about twice as fast as ConvTranspose,
 * and depthToSpace.
 */
export function transposedConvolution(
  b: Builder,
  y: Value,
  weight: Value,
  { stride = 1, padding, groups = 1, extent }: TransposedConvolution,
): Value {
  const tensor = constantOf(weight)
  if (tensor?.dtype !== 'float32')
    throw new ShapeFault('the weight of a convolution is not a float32 constant')
  const before = padding?.before ?? 0
  const outputExtent = y.shape[2]!
  const key = `adjoint ${weight.id} ${stride} ${before} ${groups} ${extent} ${outputExtent}`
  const adjoint = b.once(key, () => {
    const kernel = adjointKernel(tensor as FloatTensor, stride, before, groups, extent, outputExtent)
    return { padding: kernel.padding, weight: b.constant(kernel.weight, 'adjoint') }
  })
  const phases = b.conv(y, adjoint.weight, { padding: adjoint.padding, groups })
  if (stride === 1) return phases
  const blocks = b.depthToSpace(phases, { block: stride })
  if (extent % stride === 0) return blocks
  const rows = b.slice(blocks, { axis: 2, start: 0, end: extent })
  return b.slice(rows, { axis: 3, start: 0, end: extent })
}
