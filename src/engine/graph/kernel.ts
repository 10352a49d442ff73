import { type FloatTensor, floatTensor, sizeOf } from '../tensor.ts'

/** Zeros before and after an axis. */
export interface Padding {
  readonly before: number
  readonly after: number
}

/** Zeros above and below, and left and right. */
export interface AxisPadding {
  readonly rows: Padding
  readonly columns: Padding
}

/** One padding for both axes spelt out; none if absent. */
export function axisPadding(padding: Padding | AxisPadding = { before: 0, after: 0 }): AxisPadding {
  return 'rows' in padding ? padding : { rows: padding, columns: padding }
}

/** The extent that a convolution leaves of `extent`. */
export function convolvedExtent(extent: number, kernel: number, stride: number, { before, after }: Padding) {
  return Math.floor((extent + before + after - kernel) / stride) + 1
}

/** One spatial axis of a strided convolution. */
export interface KernelAxis {
  /** Taps of the kernel. */
  readonly size: number
  readonly stride: number
  /** Zeros before the input. */
  readonly before: number
  /** Extents of input and output. */
  readonly extent: number
  readonly outputExtent: number
}

/**
 * Some phases of the adjoint along one axis. For y[i] = sum_k w[k] x[s*i + k - p] the adjoint is
 * x'[s*m + r] = sum_t w[r + p - s*t] y[m + t]: phase r of the result is a convolution with stride 1 over those
 * taps t for which r + p - s*t lies in the kernel.
 */
export interface AdjointAxis {
  readonly phases: readonly number[]
  /** Taps t from `first` on, as many as any of the phases needs; below 1 where a phase has none. */
  readonly first: number
  readonly taps: number
  /** Zeros around y so that every phase comes out with ceil(extent / s) elements; may be negative. */
  readonly padding: Padding
  readonly axis: KernelAxis
}

export function adjointAxis(axis: KernelAxis, phases: readonly number[]): AdjointAxis {
  const { size, stride, before, extent, outputExtent } = axis
  const first = Math.ceil((phases[0]! + before - size + 1) / stride)
  const last = Math.floor((phases.at(-1)! + before) / stride)
  const padding = { before: -first, after: Math.ceil(extent / stride) - outputExtent + last }
  return { phases, first, taps: last - first + 1, padding, axis }
}

/** The tap of `w` that a phase of the adjoint uses at its tap u; outside 0..size-1 where there is none. */
function sourceTap({ axis, first }: AdjointAxis, phase: number, u: number): number {
  return phase + axis.before - axis.stride * (u + first)
}

/**
 * The weight of the adjoint convolution that computes the phases of `rows` times those of `columns` as channels:
 * [groups * I * R * C, O / groups, ty, tx]; channel (c * R + r) * C + k is the phase of row r and column k of input
 * channel c.
 *
 * @param weight [O, I, Ky, Kx] with I channels a group
 */
export function adjointKernel(
  weight: FloatTensor,
  groups: number,
  rows: AdjointAxis,
  columns: AdjointAxis,
): FloatTensor {
  const [outputs, inputs, height, width] = weight.shape as [number, number, number, number]
  const phases = rows.phases.flatMap((row) => columns.phases.map((column) => [row, column] as const))
  const groupOutputs = outputs / groups
  const shape = [groups * inputs * phases.length, groupOutputs, rows.taps, columns.taps]
  const data = new Float32Array(sizeOf(shape))
  let at = 0
  for (let channel = 0; channel < shape[0]!; channel++) {
    const [row, column] = phases[channel % phases.length]!
    const input = Math.floor(channel / phases.length) % inputs
    const group = Math.floor(channel / (phases.length * inputs))
    for (let output = 0; output < groupOutputs; output++) {
      const base = ((group * groupOutputs + output) * inputs + input) * height * width
      for (let u = 0; u < rows.taps; u++) {
        const y = sourceTap(rows, row, u)
        for (let v = 0; v < columns.taps; v++, at++) {
          const x = sourceTap(columns, column, v)
          if (y >= 0 && y < height && x >= 0 && x < width) data[at] = weight.data[base + y * width + x]!
        }
      }
    }
  }
  return floatTensor(shape, data)
}
