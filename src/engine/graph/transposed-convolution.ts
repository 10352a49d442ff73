import type { FloatTensor } from '../tensor.ts'
import type { Builder } from './builder.ts'
import { adjointKernel } from './kernel.ts'
import { ShapeFault } from './op.ts'
import { axisPadding, type Convolution } from './ops/convolution.ts'
import { constantOf, type Value } from './value.ts'

/** The convolution whose adjoint is wanted. */
export interface TransposedConvolution extends Convolution {
  /** Height and width of the result: the extents of that convolution's input. */
  readonly extents: readonly [height: number, width: number]
}

/**
 * The adjoint of `conv` with the same weight [O, I, Ky, Kx] and attributes: [N, O, h, w] -> [N, I, height, width].
 * Built from a convolution with stride 1, which the CPU runtime does about twice as fast as ConvTranspose,
 * and depthToSpace.
 */
export function transposedConvolution(
  b: Builder,
  y: Value,
  weight: Value,
  { stride = 1, padding, groups = 1, extents }: TransposedConvolution,
): Value {
  const tensor = constantOf(weight)
  if (tensor?.dtype !== 'float32')
    throw new ShapeFault('the weight of a convolution is not a float32 constant')
  const before = axisPadding(padding)
  const [height, width] = extents
  const key = `adjoint ${weight.id} ${stride} ${groups} ${JSON.stringify(before)} ${extents} ${y.shape}`
  const adjoint = b.once(key, () => {
    const axis = (place: 2 | 3, extent: number, zeros: number) => ({
      size: weight.shape[place]!,
      before: zeros,
      extent,
      outputExtent: y.shape[place]!,
    })
    const rows = axis(2, height, before.rows.before)
    const columns = axis(3, width, before.columns.before)
    const kernel = adjointKernel(tensor as FloatTensor, stride, groups, rows, columns)
    return { ...kernel, weight: b.constant(kernel.weight, 'adjoint') }
  })
  const phases = b.conv(y, adjoint.weight, {
    padding: { rows: adjoint.rows, columns: adjoint.columns },
    groups,
  })
  if (stride === 1) return phases
  const blocks = b.depthToSpace(phases, { block: stride })
  const [, , blockHeight, blockWidth] = blocks.shape
  const rows = blockHeight === height ? blocks : b.slice(blocks, { axis: 2, start: 0, end: height })
  return blockWidth === width ? rows : b.slice(rows, { axis: 3, start: 0, end: width })
}
