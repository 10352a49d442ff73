import { fromBfloat16, fromFloat16 } from '../half.ts'
import type { ByteSource } from '../runtime.ts'
import { denseStrides, strided } from '../strided.ts'
import type { DType, FloatTensor, Shape, Tensor, TypedArrays } from '../tensor.ts'
import { sizeOf } from '../tensor.ts'
import type { StoredTensor } from '../weights.ts'
import type { Budget } from './budget.ts'
import { limits } from './limits.ts'
import { quoted, refusal } from './refusal.ts'

/** Bytes of an element. */
export const itemSizes: Readonly<Record<DType, number>> = {
  float32: 4,
  float64: 8,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
}

/** A dense or strided window on little-endian elements; offset and strides in elements. */
export interface ViewLayout {
  readonly dtype: DType
  readonly shape: Shape
  readonly offset: number
  readonly strides: readonly number[]
}

/**
 * A tensor that lies in `storage`, read when asked for. Checks now that every element lies inside and that the
 * dense size is within the budget of the file; throws MienError 'bad-file' that names the tensor.
 */
export function storedView(
  storage: ByteSource,
  layout: ViewLayout,
  name: string,
  budget: Budget,
): StoredTensor {
  const { dtype, shape, offset, strides } = layout
  const fault = (what: string) =>
    refusal('bad-file', `The tensor ${quoted(name)} ${what}.`, { file: budget.file, name })
  const natural = (n: number) => Number.isSafeInteger(n) && n >= 0
  if (shape.length > limits.dimensions) throw fault('has too many dimensions')
  if (strides.length !== shape.length) throw fault('has not one stride a dimension')
  if (![offset, ...shape, ...strides].every(natural)) throw fault('has a shape that is not of whole numbers')
  const size = sizeOf(shape)
  const last = shape.reduce((sum, extent, i) => sum + (extent - 1) * strides[i]!, offset)
  const item = itemSizes[dtype]
  if (!natural(size) || (size > 0 && !((last + 1) * item <= storage.size))) {
    throw fault('reaches beyond the data that it lies in')
  }
  // A sparse view costs what it spans, since that much is read.
  budget.chargeTensor(name, Math.max(size, size > 0 ? last + 1 - offset : 0) * item)
  return {
    dtype,
    shape,
    read: () => readView(storage, layout, size, last),
    float32: () => toFloat32(readView(storage, layout, size, last)),
  }
}

function readView(storage: ByteSource, layout: ViewLayout, size: number, last: number): Tensor {
  const { dtype, shape, offset, strides } = layout
  const item = itemSizes[dtype]
  if (size === 0) return { dtype, shape, data: elements(dtype, new Uint8Array(0)) }
  const bytes = storage.read(offset * item, (last + 1 - offset) * item)
  const dense = denseStrides(shape).every((stride, i) => stride === strides[i] || shape[i] === 1)
  const spanned = { dtype, shape, data: elements(dtype, bytes) }
  return dense ? spanned : strided(spanned, shape, strides)
}

/** Typed elements over `bytes`; copies unless the bytes fill a buffer of their own, so that nothing is shared. */
export function elements(dtype: DType, bytes: Uint8Array): TypedArrays[DType] {
  const own = bytes.length === bytes.buffer.byteLength ? bytes : bytes.slice()
  const { buffer } = own as Uint8Array<ArrayBuffer>
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer)
    case 'float64':
      return new Float64Array(buffer)
    case 'float16':
    case 'bfloat16':
      return new Uint16Array(buffer)
    case 'int64':
      return new BigInt64Array(buffer)
    case 'int32':
      return new Int32Array(buffer)
    case 'int16':
      return new Int16Array(buffer)
    case 'int8':
      return new Int8Array(buffer)
    case 'uint8':
      return own
    case 'bool':
      return own.map((byte) => (byte === 0 ? 0 : 1))
  }
}

/** The elements converted to float32; a float32 tensor is returned as it is. */
export function toFloat32({ dtype, shape, data }: Tensor): FloatTensor {
  const floats = (values: Float32Array): FloatTensor => ({ dtype: 'float32', shape, data: values })
  switch (dtype) {
    case 'float32':
      return floats(data as Float32Array)
    case 'float16':
      return floats(fromFloat16(data as Uint16Array))
    case 'bfloat16':
      return floats(fromBfloat16(data as Uint16Array))
    case 'int64':
      return floats(Float32Array.from(data as BigInt64Array, Number))
    default:
      return floats(Float32Array.from(data as Float64Array))
  }
}
