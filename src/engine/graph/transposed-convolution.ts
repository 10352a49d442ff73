import { MienError } from '../errors.ts'
import type { FloatTensor } from '../tensor.ts'
import type { Builder } from './builder.ts'
import { adjointKernel, axisPadding, convolvedExtent, type KernelAxis, type Padding } from './kernel.ts'
import type { Convolution } from './ops/convolution.ts'
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
 *
 * @throws MienError 'bad-graph' if the weight is no float32 constant or the extents do not fit y
 */
export function transposedConvolution(
  b: Builder,
  y: Value,
  weight: Value,
  { stride = 1, padding, groups = 1, extents }: TransposedConvolution,
): Value {
  const tensor = constantOf(weight)
  const axisPads = axisPadding(padding)
  const axis = (place: 2 | 3, extent: number, { before, after }: Padding): KernelAxis => {
    const size = weight.shape[place]!
    if (convolvedExtent(extent, size, stride, { before, after }) !== y.shape[place]) {
      throw refusal(weight, `no convolution of ${extent} elements with ${size} gives ${y.shape[place]}`)
    }
    return { size, before, extent, outputExtent: y.shape[place]! }
  }
  if (tensor?.dtype !== 'float32') throw refusal(weight, 'the weight is not a float32 constant')
  const [height, width] = extents
  const rows = axis(2, height, axisPads.rows)
  const columns = axis(3, width, axisPads.columns)
  const key = `adjoint ${weight.id} ${stride} ${groups} ${JSON.stringify([rows, columns])}`
  const adjoint = b.once(key, () => {
    const kernel = adjointKernel(tensor as FloatTensor, stride, groups, rows, columns)
    return { padding: kernel.padding, weight: b.constant(kernel.weight, 'adjoint') }
  })
  const phases = b.conv(y, adjoint.weight, { padding: adjoint.padding, groups })
  if (stride === 1) return phases
  const blocks = b.depthToSpace(phases, { block: stride })
  const [, , blockHeight, blockWidth] = blocks.shape
  const cut = blockHeight === height ? blocks : b.slice(blocks, { axis: 2, start: 0, end: height })
  return blockWidth === width ? cut : b.slice(cut, { axis: 3, start: 0, end: width })
}

function refusal(weight: Value, reason: string): MienError {
  const { name } = weight
  return new MienError('bad-graph', `transposedConvolution with "${name}": ${reason}.`, { name })
}
