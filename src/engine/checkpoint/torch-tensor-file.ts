import { zipSync } from 'fflate'
import { denseStrides } from '../strided.ts'
import type { FloatTensor } from '../tensor.ts'
import { type OpcodeName, opcodeBytes } from './pickle-opcodes.ts'
import { toUtf8 } from './utf8.ts'

/** The bytes of what torch.save writes of one tensor of float32 (torch 1.6 and later): PTI's, encoder4editing's latents. */
export function writeTorchTensor({ shape, data }: FloatTensor): Uint8Array {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const files = {
    'archive/data.pkl': tensorPickle(shape),
    'archive/data/0': bytes,
    'archive/version': toUtf8('3\n'),
  }
  return zipSync(files, { level: 0, mtime: new Date(1980, 0, 1) })
}

/** torch._utils._rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict()), in protocol 2. */
function tensorPickle(shape: readonly number[]): Uint8Array {
  const count = shape.reduce((product, extent) => product * extent, 1)
  return Uint8Array.from([
    ...op('PROTO'),
    2,
    ...global('torch._utils', '_rebuild_tensor_v2'),
    ...op('MARK'),
    ...tuple([
      ...text('storage'),
      ...global('torch', 'FloatStorage'),
      ...text('0'),
      ...text('cpu'),
      ...integer(count),
    ]),
    ...op('BINPERSID'),
    ...integer(0),
    ...tuple(shape.flatMap(integer)),
    ...tuple(denseStrides(shape).flatMap(integer)),
    ...op('NEWFALSE'),
    ...global('collections', 'OrderedDict'),
    ...op('EMPTY_TUPLE', 'REDUCE'),
    ...op('TUPLE', 'REDUCE', 'STOP'),
  ])
}

function op(...names: readonly OpcodeName[]): readonly number[] {
  return names.map((name) => opcodeBytes[name])
}

function tuple(items: readonly number[]): readonly number[] {
  return [...op('MARK'), ...items, ...op('TUPLE')]
}

function global(module: string, name: string): readonly number[] {
  return [...op('GLOBAL'), ...toUtf8(`${module}\n${name}\n`)]
}

function text(value: string): readonly number[] {
  return [...op('BINUNICODE'), ...littleEndian(value.length), ...toUtf8(value)]
}

function integer(value: number): readonly number[] {
  return [...op('BININT'), ...littleEndian(value)]
}

function littleEndian(value: number): readonly number[] {
  return [0, 8, 16, 24].map((shift) => (value >> shift) & 255)
}
