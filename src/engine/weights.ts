import { MienError } from './errors.ts'
import type { DType, FloatTensor, Shape, Tensor } from './tensor.ts'

/** A tensor of a checkpoint that is read when it is asked for. */
export interface StoredTensor {
  readonly dtype: DType
  readonly shape: Shape
  /** The elements, dense and row-major, in the stored type. */
  read(): Tensor
  /** The elements converted to float32. */
  float32(): FloatTensor
}

/** A tensor that is in memory. */
export function storedFloats(tensor: FloatTensor): StoredTensor {
  return { dtype: 'float32', shape: tensor.shape, read: () => tensor, float32: () => tensor }
}

/** The tensors of one network by the names of its state dict, in the order of the file. */
export type Weights = ReadonlyMap<string, StoredTensor>

/** A network found in a checkpoint. */
export interface StoredNetwork {
  /** Where it stood: 'G_ema', 'D', … in NVIDIA's pickles, '' where the file is one state dict. */
  readonly name: string
  readonly weights: Weights
  /**
   * Constructor arguments where the format keeps them (plain data: numbers, strings, booleans, lists, records), else empty.
   * Positional ones stand under `_args`, and under `_modules`, by the modules' names, attributes that they have themselves.
   */
  readonly init: Readonly<Record<string, unknown>>
}

/** The tensor of that name as float32; throws MienError 'unsupported-model' that names it where it is missing or not finite. */
export function weight(weights: Weights, name: string): FloatTensor {
  const stored = weights.get(name)
  if (stored === undefined) {
    throw new MienError('unsupported-model', `The checkpoint has no tensor "${name}".`, { name })
  }
  const tensor = stored.float32()
  requireFinite(tensor, name)
  return tensor
}

/** A training that diverged leaves such weights; what is drawn with them is no picture. */
function requireFinite({ data }: FloatTensor, name: string): void {
  let sum = 0
  for (let i = 0; i < data.length; i++) sum += 0 * data[i]!
  if (sum === 0) return
  throw new MienError('unsupported-model', `The tensor "${name}" holds numbers that are not finite.`, {
    name,
    hint: 'Its training diverged, or the file is damaged: take an earlier snapshot, or download it again.',
  })
}

/** A tensor of that rank; an extent that is given must fit. Throws MienError 'unsupported-model'. */
export function shapedWeight(
  weights: Weights,
  name: string,
  extents: readonly (number | undefined)[],
): FloatTensor {
  const tensor = weight(weights, name)
  const { shape } = tensor
  const fits =
    shape.length === extents.length &&
    extents.every((extent, i) => extent === undefined || extent === shape[i])
  if (!fits) {
    const wanted = extents.map((extent) => extent ?? '?').join(', ')
    throw new MienError('unsupported-model', `"${name}" is [${shape.join(', ')}] instead of [${wanted}].`, {
      name,
    })
  }
  return tensor
}
