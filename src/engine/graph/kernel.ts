import { type FloatTensor, floatTensor } from '../tensor.ts'

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

/** One spatial axis of a convolution. */
export interface KernelAxis {
  /** Taps of the kernel. */
  readonly size: number
  /** Zeros before the input. */
  readonly before: number
  /** Extents of input and output. */
  readonly extent: number
  readonly outputExtent: number
}

/**
 * For y[i] = sum_k w[k] x[s*i + k - p] the adjoint is x'[s*m + r] = sum_t w[r + p - s*t] y[m + t]: phase r of the
 * result is a convolution with stride 1 over those taps t for which r + p - s*t lies in the kernel.
 */
interface AdjointAxis {
  readonly taps: number
  readonly padding: Padding
  /** The tap of `w` that phase r uses at tap u of the adjoint; outside 0..size-1 where there is none. */
  readonly source: (phase: number, u: number) => number
}

function adjointAxis({ size, before, extent, outputExtent }: KernelAxis, stride: number): AdjointAxis {
  const first = Math.ceil((before - size + 1) / stride)
  const last = Math.floor((stride - 1 + before) / stride)
  return {
    taps: last - first + 1,
    padding: { before: -first, after: Math.ceil(extent / stride) - outputExtent + last },
    source: (phase, u) => phase + before - stride * (u + first),
  }
}

/** The adjoint of a strided convolution as one with stride 1 that computes all phases as channels. */
export interface AdjointKernel {
  /** [groups * I * s * s, O / groups, ty, tx]; channel c*s*s + r1*s + r2 is phase (r1, r2) of input channel c. */
  readonly weight: FloatTensor
  readonly padding: AxisPadding
}

/** @param weight [O, I, Ky, Kx] with I channels a group */
export function adjointKernel(
  weight: FloatTensor,
  stride: number,
  groups: number,
  rows: KernelAxis,
  columns: KernelAxis,
): AdjointKernel {
  const [outputs, inputs] = weight.shape as [number, number]
  const y = adjointAxis(rows, stride)
  const x = adjointAxis(columns, stride)
  const groupOutputs = outputs / groups
  const shape = [groups * inputs * stride * stride, groupOutputs, y.taps, x.taps]
  const data = new Float32Array(shape[0]! * groupOutputs * y.taps * x.taps)
  let at = 0
  for (let channel = 0; channel < shape[0]!; channel++) {
    const phase = channel % (stride * stride)
    const input = Math.floor(channel / (stride * stride)) % inputs
    const group = Math.floor(channel / (stride * stride * inputs))
    for (let output = 0; output < groupOutputs; output++) {
      const base = ((group * groupOutputs + output) * inputs + input) * rows.size * columns.size
      for (let u = 0; u < y.taps; u++) {
        const row = y.source(Math.floor(phase / stride), u)
        for (let v = 0; v < x.taps; v++, at++) {
          const column = x.source(phase % stride, v)
          if (row >= 0 && row < rows.size && column >= 0 && column < columns.size) {
            data[at] = weight.data[base + row * columns.size + column]!
          }
        }
      }
    }
  }
  return { weight: floatTensor(shape, data), padding: { rows: y.padding, columns: x.padding } }
}
