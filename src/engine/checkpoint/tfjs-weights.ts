import type { ByteSource } from '../runtime.ts'
import { denseStrides } from '../strided.ts'
import { type DType, type Shape, sizeOf, type Tensor } from '../tensor.ts'
import type { StoredNetwork, StoredTensor } from '../weights.ts'
import { Budget } from './budget.ts'
import { checkRange, sliceSource } from './byte-source.ts'
import { limits } from './limits.ts'
import { quoted, refusal } from './refusal.ts'
import { jsonEntries, jsonNaturals, parseShallowJson } from './shallow-json.ts'
import { network } from './state-dict.ts'
import { itemSizes, storedView, toFloat32 } from './stored-view.ts'

/** A weight of the manifest: how its elements are stored, and how they become numbers again. */
interface Entry {
  readonly name: string
  readonly shape: Shape
  readonly dtype: 'float32' | 'int32' | 'bool'
  /** Elements are stored as whole numbers q and stand for q * scale + min. */
  readonly quantisation: Quantisation | undefined
}

interface Quantisation {
  readonly dtype: 'uint8' | 'uint16'
  readonly scale: number
  readonly min: number
}

/** A list of groups, a group, its weights, a weight, its quantisation or shape. */
const manifestDepth = 5

/** Opens a shard by the path that the manifest gives it: a plain name in its own folder. */
export type OpenShard = (path: string) => ByteSource

/**
 * Reads the weights of a TensorFlow.js model: a manifest (JSON, a list of groups {paths, weights}) and for each group
 * the shards that hold its tensors one after another, as they are or quantised to 8 or 16 bits. Nothing is run.
 * Tensors keep the layout of TensorFlow: kernels are [height, width, inputs, outputs]. The shards must stay readable
 * for as long as tensors are asked for.
 *
 * @throws MienError 'bad-file' for a damaged manifest and shards that are shorter or longer than it says,
 *   'unsupported-model' for element types other than float32, int32, bool, and uint8 or uint16 when quantised
 */
export function readTfjsWeights(manifest: ByteSource, openShard: OpenShard): StoredNetwork {
  const fault = (what: string, name?: string) =>
    refusal(
      'bad-file',
      `The manifest "${manifest.name}" ${what}${name === undefined ? '' : ` (${quoted(name)})`}.`,
      {
        file: manifest.name,
        ...(name === undefined ? {} : { name: name.slice(0, limits.name) }),
      },
    )
  if (manifest.size > limits.json) throw fault('is too long')
  const groups = parseShallowJson(manifest.read(0, manifest.size), manifestDepth)
  if (!Array.isArray(groups)) throw fault('is damaged')
  const weights = new Map<string, StoredTensor>()
  for (const group of groups) {
    const fields = jsonEntries(group)
    const paths = texts(fields?.get('paths'))
    const listed = fields?.get('weights')
    if (paths === undefined || !Array.isArray(listed)) throw fault('is damaged')
    for (const path of paths) {
      if (!/^\w[\w.-]*$/.test(path)) throw fault('names a shard outside its folder', path)
    }
    const data = joined(paths.map(openShard), manifest.name)
    const budget = new Budget(manifest.name, data.size)
    let begin = 0
    for (const item of listed) {
      const entry = parseEntry(item, manifest.name) ?? fail(fault('is damaged'))
      const { name, dtype, shape, quantisation } = entry
      if (name.length > limits.name) throw fault('has a tensor with a name too long', name)
      if (weights.has(name)) throw fault('has a tensor twice', name)
      const length = sizeOf(shape) * (quantisation === undefined ? itemSizes[dtype] : width(quantisation))
      if (!(begin + length <= data.size)) throw fault('lists more than its shards hold', name)
      weights.set(name, stored(sliceSource(data, begin, length), entry, budget))
      begin += length
    }
    if (begin !== data.size) throw fault('lists less than its shards hold')
  }
  return network('', weights)
}

function fail(error: Error): never {
  throw error
}

function width({ dtype }: Quantisation): number {
  return dtype === 'uint8' ? 1 : 2
}

function texts(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined
}

function parseEntry(item: unknown, file: string): Entry | undefined {
  const fields = jsonEntries(item)
  const name = fields?.get('name')
  const shape = jsonNaturals(fields?.get('shape'))
  const dtype = fields?.get('dtype')
  if (typeof name !== 'string' || shape === undefined || typeof dtype !== 'string') return undefined
  const unread = (type: unknown) =>
    refusal(
      'unsupported-model',
      `The tensor ${quoted(name)} has the type ${quoted(String(type))}, which Mien does not read.`,
      {
        file,
        name: name.slice(0, limits.name),
      },
    )
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') throw unread(dtype)
  const quantised = fields?.get('quantization')
  if (quantised === undefined) return { name, shape, dtype, quantisation: undefined }
  const parts = jsonEntries(quantised)
  const [type, scale, min] = [parts?.get('dtype'), parts?.get('scale'), parts?.get('min')]
  if ((type !== 'uint8' && type !== 'uint16') || dtype === 'bool') throw unread(type)
  if (typeof scale !== 'number' || typeof min !== 'number') return undefined
  return { name, shape, dtype, quantisation: { dtype: type, scale, min } }
}

/** Several sources as one. */
function joined(parts: readonly ByteSource[], name: string): ByteSource {
  const [first] = parts
  if (parts.length === 1 && first !== undefined) return first
  const source: ByteSource = {
    name,
    size: parts.reduce((sum, part) => sum + part.size, 0),
    read(offset, length) {
      checkRange(source, offset, length)
      const bytes = new Uint8Array(length)
      let start = 0
      for (const part of parts) {
        const from = Math.max(offset, start)
        const to = Math.min(offset + length, start + part.size)
        if (from < to) bytes.set(part.read(from - start, to - from), from - offset)
        start += part.size
      }
      return bytes
    },
  }
  return source
}

function stored(source: ByteSource, entry: Entry, budget: Budget): StoredTensor {
  const { name, shape, dtype, quantisation } = entry
  // Of 16 bits only the bits matter here: they are read as whole numbers without a sign.
  const dtypeInFile: DType =
    quantisation === undefined ? dtype : quantisation.dtype === 'uint8' ? 'uint8' : 'float16'
  const layout = { dtype: dtypeInFile, shape, offset: 0, strides: denseStrides(shape) }
  const view = storedView(source, layout, name, budget)
  if (quantisation === undefined) return view
  const read = () => restored(view.read(), dtype as 'float32' | 'int32', quantisation)
  return { dtype, shape, read, float32: () => toFloat32(read()) }
}

/** q * scale + min, rounded where the numbers are whole ones. */
function restored({ shape, data }: Tensor, dtype: 'float32' | 'int32', { scale, min }: Quantisation): Tensor {
  const numbers = data as Uint8Array | Uint16Array
  const restoredData = dtype === 'float32' ? new Float32Array(numbers.length) : new Int32Array(numbers.length)
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]! * scale + min
    restoredData[i] = dtype === 'float32' ? number : Math.round(number)
  }
  return { dtype, shape, data: restoredData }
}
