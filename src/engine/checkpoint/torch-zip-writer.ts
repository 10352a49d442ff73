import { type Zippable, zipSync } from 'fflate'
import { denseStrides } from '../strided.ts'
import type { Shape, Tensor } from '../tensor.ts'
import { storageClass } from './pickle-globals.ts'
import { type OpcodeName, opcodeBytes } from './pickle-opcodes.ts'
import { toUtf8 } from './utf8.ts'

/** What a pickle is made of: opcodes by their names, and their arguments as bytes. */
type Part = OpcodeName | Uint8Array | readonly Part[]

/**
 * The bytes of a state dict as torch.save writes it since 1.6: an OrderedDict of dense tensors in the given order, each over
 * a storage of its own. The same tensors give the same bytes. `torch.load(file, weights_only=True)` takes it.
 */
export function writeTorchZip(
  tensors: Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>,
): Uint8Array {
  const entries: readonly [string, Tensor][] = tensors instanceof Map ? [...tensors] : Object.entries(tensors)
  const items = entries.flatMap(([name, tensor], i) => [text(name), tensorRecord(tensor, i)])
  return archive(
    [orderedDict, 'MARK', items, 'SETITEMS'],
    entries.map(([, tensor]) => tensor),
  )
}

/** The same of one tensor alone, as PTI and encoder4editing keep latents. */
export function writeTorchTensor(tensor: Tensor): Uint8Array {
  return archive(tensorRecord(tensor, 0), [tensor])
}

/** @param stored the storages of the tensors that the record names by their numbers */
function archive(record: Part, stored: readonly Tensor[]): Uint8Array {
  const files: Zippable = {
    'archive/data.pkl': bytesOf(['PROTO', Uint8Array.of(2), record, 'STOP']),
    'archive/byteorder': toUtf8('little'),
    'archive/version': toUtf8('3\n'),
  }
  for (const [i, { data }] of stored.entries()) {
    files[`archive/data/${i}`] = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  }
  return zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) })
}

const orderedDict: Part = [global('collections', 'OrderedDict'), 'EMPTY_TUPLE', 'REDUCE']

/** _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks); the storage is a persistent id. */
function tensorRecord({ dtype, shape, data }: Tensor, key: number): Part {
  const type = global('torch', storageClass(dtype))
  const storage = tuple(text('storage'), type, text(String(key)), text('cpu'), int(data.length))
  return [
    global('torch._utils', '_rebuild_tensor_v2'),
    tuple([storage, 'BINPERSID'], int(0), ints(shape), ints(denseStrides(shape)), 'NEWFALSE', orderedDict),
    'REDUCE',
  ]
}

function tuple(...items: readonly Part[]): Part {
  return ['MARK', ...items, 'TUPLE']
}

function ints(values: Shape): Part {
  return tuple(...values.map(int))
}

function int(value: number): Part {
  return ['BININT', u32(value)]
}

function text(value: string): Part {
  const bytes = toUtf8(value)
  return ['BINUNICODE', u32(bytes.length), bytes]
}

function global(module: string, name: string): Part {
  return ['GLOBAL', toUtf8(`${module}\n${name}\n`)]
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24)
}

function bytesOf(part: Part): Uint8Array {
  const chunks = chunksOf(part)
  const out = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const chunk of chunks) {
    out.set(chunk, at)
    at += chunk.length
  }
  return out
}

function chunksOf(part: Part): readonly Uint8Array[] {
  if (typeof part === 'string') return [Uint8Array.of(opcodeBytes[part])]
  return part instanceof Uint8Array ? [part] : part.flatMap(chunksOf)
}
