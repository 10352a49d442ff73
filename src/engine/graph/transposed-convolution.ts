import { MienError } from '../errors.ts'
import { type FloatTensor, sizeOf } from '../tensor.ts'
import type { Builder } from './builder.ts'
import {
  type AdjointAxis,
  adjointAxis,
  adjointKernel,
  axisPadding,
  convolvedExtent,
  type KernelAxis,
  type Padding,
} from './kernel.ts'
import type { Convolution } from './ops/convolution.ts'
import { constantOf, type Value } from './value.ts'

/** The convolution whose adjoint is wanted. */
export interface TransposedConvolution extends Convolution {
  /** Height and width of the result: the extents of that convolution's input. */
  readonly extents: readonly [height: number, width: number]
}

/** Channels that the CPU runtime computes at once: fewer cost as much. */
const channelBlock = 16

/**
 * The adjoint of `conv` with the same weight [O, I, Ky, Kx] and attributes: [N, O, h, w] -> [N, I, height, width].
 * Built from convolutions with stride 1 and interleaving, which the CPU runtime does two to three times as fast as
 * ConvTranspose or depthToSpace.
 *
 * @throws MienError 'bad-graph' if the weight is no float32 constant or the extents do not fit y
 */
export function transposedConvolution(
  b: Builder,
  y: Value,
  weight: Value,
  { extents, ...convolution }: TransposedConvolution,
): Value {
  const { stride = 1, padding, groups = 1 } = convolution
  const pads = axisPadding(padding)
  const axis = (place: 2 | 3, extent: number, { before, after }: Padding): KernelAxis => {
    const size = weight.shape[place]!
    const outputExtent = y.shape[place]!
    if (convolvedExtent(extent, size, stride, { before, after }) !== outputExtent) {
      throw refusal(weight, `no convolution of ${extent} elements with ${size} gives ${outputExtent}`)
    }
    return { size, stride, before, extent, outputExtent }
  }
  const tensor = constantOf(weight)
  if (tensor?.dtype !== 'float32') throw refusal(weight, 'the weight is not a float32 constant')
  const rows = axis(2, extents[0], pads.rows)
  const columns = axis(3, extents[1], pads.columns)

  const part = (row: AdjointAxis, column: AdjointAxis): Value => {
    const key = `adjoint ${weight.id} ${groups} ${JSON.stringify([row, column])}`
    const kernel = b.once(key, () =>
      b.constant(adjointKernel(tensor as FloatTensor, groups, row, column), 'adjoint'),
    )
    return b.conv(y, kernel, { padding: { rows: row.padding, columns: column.padding }, groups })
  }
  const phases = Array.from({ length: stride }, (_, phase) => phase)
  const single = (whole: KernelAxis) => phases.map((phase) => adjointAxis(whole, [phase]))
  const apart = { rows: single(rows), columns: single(columns) }
  const separable = [...apart.rows, ...apart.columns].every(
    ({ taps, padding: { before, after } }) => taps > 0 && before >= 0 && after >= 0,
  )
  const whole =
    separable && weight.shape[1]! * groups * stride * stride > channelBlock
      ? interleaved(
          b,
          apart.rows.map((row) => apart.columns.map((column) => part(row, column))),
        )
      : shuffled(b, part(adjointAxis(rows, phases), adjointAxis(columns, phases)), stride)
  return b.withGradient([cut(b, whole, extents), y], {
    gradient: (g) => [() => b.conv(g, weight, convolution)],
  })
}

function shuffled(b: Builder, phases: Value, stride: number): Value {
  return stride === 1 ? phases : b.depthToSpace(phases, { block: stride })
}

/** parts[r][c] [N, C, H, W] of s x s parts -> [N, C, s*H, s*W] with part (r, c) at rows s*i + r, columns s*j + c. */
function interleaved(b: Builder, parts: readonly (readonly Value[])[]): Value {
  const [first] = parts[0]!
  const [n, c, height, width] = first!.shape as [number, number, number, number]
  const stride = parts.length
  if (stride === 1) return first!
  const lines = n * c * height
  const rows = parts.map((row) => {
    const columns = row.map((part) => b.reshape(part, { shape: [sizeOf(part.shape), 1] }))
    return b.reshape(b.concat(columns, { axis: 1 }), { shape: [lines, 1, width * stride] })
  })
  return b.reshape(b.concat(rows, { axis: 1 }), { shape: [n, c, height * stride, width * stride] })
}

/** The first rows and columns of a picture. */
function cut(b: Builder, picture: Value, [height, width]: readonly [number, number]): Value {
  const [, , h, w] = picture.shape
  const rows = h === height ? picture : b.slice(picture, { axis: 2, start: 0, end: height })
  return w === width ? rows : b.slice(rows, { axis: 3, start: 0, end: width })
}

function refusal(weight: Value, reason: string): MienError {
  const { name } = weight
  return new MienError('bad-graph', `transposedConvolution with "${name}": ${reason}.`, { name })
}
