import { MienError } from '../errors.ts'
import { floatTensor } from '../tensor.ts'
import type { Builder } from './builder.ts'
import {
  type AdjointPhase,
  adjointPadding,
  adjointPhase,
  axisPadding,
  convolvedExtent,
  type KernelAxis,
  type Padding,
} from './kernel.ts'
import type { Convolution } from './ops/convolution.ts'
import { constantOf, type Value } from './value.ts'
import { weightGradient } from './weight-gradient.ts'

/** The convolution whose adjoint is wanted. */
export interface TransposedConvolution extends Convolution {
  /** Height and width of the result: the extents of that convolution's input. */
  readonly extents: readonly [height: number, width: number]
}

/** Channels that the CPU runtime computes at once: fewer cost as much. */
const channelBlock = 16

/**
 * The adjoint of `conv` with the same weight [O, I, Ky, Kx] and attributes: [N, O, h, w] -> [N, I, height, width].
 * Built from convolutions with stride 1, one a phase of the result, and interleaving, which the CPU runtime does two
 * to three times as fast as ConvTranspose or depthToSpace. Their weights are parts of the transposed weight.
 *
 * @throws MienError 'bad-graph' if the extents do not fit y
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
      const { name } = weight
      const reason = `no convolution of ${extent} elements with ${size} gives ${outputExtent}`
      throw new MienError('bad-graph', `transposedConvolution with "${name}": ${reason}.`, { name })
    }
    return { size, stride, before, extent, outputExtent }
  }
  const rows = phasesOf(axis(2, extents[0], pads.rows))
  const columns = phasesOf(axis(3, extents[1], pads.columns))
  const swapped = swapChannels(b, weight, groups)
  const apart = rows.separable && columns.separable && swapped.shape[0]! * stride ** 2 > channelBlock
  const whole = apart
    ? interleaved(b, y, swapped, groups, rows, columns)
    : shuffled(b, y, swapped, groups, rows, columns)
  return b.withGradient([cut(b, whole, extents), y, weight], {
    gradient: (g) => [
      () => b.conv(g, weight, convolution),
      () => weightGradient(b, g, y, weight.shape, convolution),
    ],
  })
}

/** The phases of an axis, and what they have in common. */
interface Phases {
  readonly axis: KernelAxis
  readonly each: readonly AdjointPhase[]
  /** Whether each phase alone is a convolution: it has taps, and its padding is not negative. */
  readonly separable: boolean
  /** The taps that any of them needs. */
  readonly first: number
  readonly taps: number
}

function phasesOf(axis: KernelAxis): Phases {
  const each = Array.from({ length: axis.stride }, (_, phase) => adjointPhase(axis, phase))
  const first = Math.min(...each.map((phase) => phase.first))
  const separable = each.every((phase) => {
    const { before, after } = adjointPadding(axis, phase.first, phase.taps)
    return phase.taps > 0 && before >= 0 && after >= 0
  })
  return {
    axis,
    each,
    separable,
    first,
    taps: Math.max(...each.map((phase) => phase.first + phase.taps)) - first,
  }
}

/** [O, I, Ky, Kx] with I channels a group -> [groups * I, O / groups, Ky, Kx]. */
function swapChannels(b: Builder, weight: Value, groups: number): Value {
  if (groups === 1) return b.transpose(weight, { order: [1, 0, 2, 3] })
  const [outputs, inputs, height, width] = weight.shape as [number, number, number, number]
  const shape = [groups, outputs / groups, inputs, height, width]
  const swapped = b.transpose(b.reshape(weight, { shape }), { order: [0, 2, 1, 3, 4] })
  return b.reshape(swapped, { shape: [groups * inputs, outputs / groups, height, width] })
}

/**
 * The taps of a phase of rows and one of columns. Of a weight that is trained they are taken by a product with zeros and
 * ones, which the runtime does on all threads; and Slice with a negative step gives other elements on the WebGPU provider of
 * onnxruntime 1.30.
 */
function phaseKernel(
  b: Builder,
  swapped: Value,
  row: AdjointPhase,
  column: AdjointPhase,
  stride: number,
): Value {
  const [outputs, inputs, height, width] = swapped.shape as [number, number, number, number]
  if (constantOf(swapped) !== undefined || height * width === 1) {
    const taps = (x: Value, axis: number, { start, taps: count }: AdjointPhase) =>
      x.shape[axis] === 1 ? x : b.pick(x, { axis, start, step: -stride, count })
    return taps(taps(swapped, 2, row), 3, column)
  }
  const places = ({ start, taps }: AdjointPhase) => Array.from({ length: taps }, (_, i) => start - stride * i)
  const taken = places(row).flatMap((y) => places(column).map((x) => y * width + x))
  const choice = new Float32Array(height * width * taken.length)
  for (const [to, from] of taken.entries()) choice[from * taken.length + to] = 1
  const chosen = b.matMul(
    b.reshape(swapped, { shape: [outputs * inputs, height * width] }),
    b.constant(floatTensor([height * width, taken.length], choice), 'taps'),
  )
  return b.reshape(chosen, { shape: [outputs, inputs, row.taps, column.taps] })
}

/** A convolution a phase; part (r, c) goes to rows s*i + r and columns s*j + c. */
function interleaved(
  b: Builder,
  y: Value,
  swapped: Value,
  groups: number,
  rows: Phases,
  columns: Phases,
): Value {
  const { stride } = rows.axis
  const parts = rows.each.map((row) =>
    columns.each.map((column) => {
      const kernel = phaseKernel(b, swapped, row, column, stride)
      const padding = {
        rows: adjointPadding(rows.axis, row.first, row.taps),
        columns: adjointPadding(columns.axis, column.first, column.taps),
      }
      return convolved(b, y, kernel, padding, groups)
    }),
  )
  const [n, c, height, width] = parts[0]![0]!.shape as [number, number, number, number]
  if (stride === 1) return parts[0]![0]!
  const lines = parts.map((row) => {
    const elements = row.map((part) => b.reshape(part, { shape: [n, c * height * width, 1] }))
    return b.reshape(b.concat(elements, { axis: 2 }), { shape: [n, c * height, 1, width * stride] })
  })
  return b.reshape(b.concat(lines, { axis: 2 }), { shape: [n, c, height * stride, width * stride] })
}

/** One convolution with the phases as channels, each padded to the taps of all. */
function shuffled(
  b: Builder,
  y: Value,
  swapped: Value,
  groups: number,
  rows: Phases,
  columns: Phases,
): Value {
  const { stride } = rows.axis
  const [outputs, inputs] = swapped.shape as [number, number]
  const kernels = rows.each.flatMap((row) =>
    columns.each.map((column) => {
      const shape = [outputs, inputs, rows.taps, columns.taps]
      const kernel =
        row.taps < 1 || column.taps < 1
          ? b.zeros(shape)
          : padTo(b, padTo(b, phaseKernel(b, swapped, row, column, stride), 2, row, rows), 3, column, columns)
      return b.reshape(kernel, { shape: [outputs, 1, ...shape.slice(1)] })
    }),
  )
  const kernel = b.reshape(b.concat(kernels, { axis: 1 }), {
    shape: [outputs * stride ** 2, inputs, rows.taps, columns.taps],
  })
  const padding = {
    rows: adjointPadding(rows.axis, rows.first, rows.taps),
    columns: adjointPadding(columns.axis, columns.first, columns.taps),
  }
  const phases = convolved(b, y, kernel, padding, groups)
  return stride === 1 ? phases : b.depthToSpace(phases, { block: stride })
}

type Paddings = Readonly<Record<'rows' | 'columns', Padding>>

/**
 * A convolution with stride 1. The WebGPU provider of onnxruntime 1.30 forgets the padding of 1x1 convolutions, also
 * where the runtime makes a Pad before one to its padding; so their results are padded.
 */
function convolved(b: Builder, y: Value, kernel: Value, padding: Paddings, groups: number): Value {
  if (kernel.shape[2] !== 1 || kernel.shape[3] !== 1) return b.conv(y, kernel, { padding, groups })
  const along = (x: Value, axis: number, { before, after }: Padding) =>
    before === 0 && after === 0 ? x : b.pad(x, { axis, before, after })
  return along(along(b.conv(y, kernel, { groups }), 2, padding.rows), 3, padding.columns)
}

function padTo(b: Builder, kernel: Value, axis: number, phase: AdjointPhase, { first, taps }: Phases): Value {
  const before = phase.first - first
  return b.pad(kernel, { axis, before, after: taps - before - phase.taps })
}

/** The first rows and columns of a picture. */
function cut(b: Builder, picture: Value, [height, width]: readonly [number, number]): Value {
  const [, , h, w] = picture.shape
  const rows = h === height ? picture : b.slice(picture, { axis: 2, start: 0, end: height })
  return w === width ? rows : b.slice(rows, { axis: 3, start: 0, end: width })
}
