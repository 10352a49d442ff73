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
 * A phase of the adjoint along one axis. For y[i] = sum_k w[k] x[s*i + k - p] the adjoint is
 * x'[s*m + r] = sum_t w[r + p - s*t] y[m + t]: phase r of the result is a convolution with stride 1 over those taps t
 * for which r + p - s*t lies in the kernel.
 */
export interface AdjointPhase {
  /** The first of those taps, and how many there are; none if below 1. */
  readonly first: number
  readonly taps: number
  /** The element of w at the first tap; each further tap is s elements before. */
  readonly start: number
}

export function adjointPhase({ size, stride, before }: KernelAxis, phase: number): AdjointPhase {
  const first = Math.ceil((phase + before - size + 1) / stride)
  const last = Math.floor((phase + before) / stride)
  return { first, taps: last - first + 1, start: phase + before - stride * first }
}

/** Zeros around y so that taps from `first` on give ceil(extent / stride) elements; may be negative. */
export function adjointPadding(
  { stride, extent, outputExtent }: KernelAxis,
  first: number,
  taps: number,
): Padding {
  return { before: -first, after: Math.ceil(extent / stride) - outputExtent + first + taps - 1 }
}

/**
 * TensorFlow's padding 'same': zeros so that the output has ceil(extent / stride) elements, the odd one after the
 * input.
 */
export function samePadding(extent: number, size: number, stride: number): Padding {
  const total = Math.max(0, (Math.ceil(extent / stride) - 1) * stride + size - extent)
  const before = Math.floor(total / 2)
  return { before, after: total - before }
}
