import { zipSync } from 'fflate'
import {
  assemble,
  concat,
  get,
  global,
  int,
  legacyStream,
  line,
  nestedStorage,
  type Part,
  pickle,
  put,
  storage,
  str,
  tensor,
  torchZip,
  u8,
  u32,
  u64,
} from './pickle-assembly.ts'

/** A small file that would grow without a budget, and how it is refused ('read' where it is harmless). */
export interface Bomb {
  readonly title: string
  readonly code: 'bad-file' | 'unsupported-model' | 'forbidden' | 'read'
  readonly make: () => Uint8Array
}

const mebi = 2 ** 20

function repeat(part: Part, count: number): Uint8Array {
  const { bytes } = assemble(part)
  const out = new Uint8Array(bytes.length * count)
  for (let i = 0; i < count; i++) out.set(bytes, i * bytes.length)
  return out
}

/** Lists that hold the one before twice: 2^levels when written out. */
function doubling(levels: number): Part {
  const steps: Part[] = ['EMPTY_LIST', ['BINPUT', u8(0)], 'POP']
  for (let i = 1; i <= levels; i++) {
    steps.push(
      'EMPTY_LIST',
      ['BINPUT', u8(i)],
      ['BINGET', u8(i - 1)],
      'APPEND',
      ['BINGET', u8(i - 1)],
      'APPEND',
      'POP',
    )
  }
  return [steps, ['BINGET', u8(levels)]]
}

/** A legacy stream inside a legacy stream, `levels` deep. */
function streams(levels: number): Uint8Array {
  let inner = legacyStream(pickle(storage('0', 1)), [['0', 1, new Uint8Array(4)]])
  for (let i = 0; i < levels; i++) inner = legacyStream(pickle(nestedStorage(inner)))
  return inner
}

/** A dict of dicts of dicts that share their parts: a thousand keys a level. */
function sharedDicts(): Uint8Array {
  const keys = Array.from({ length: 1000 }, (_, i) => str(`k${i}`))
  const fill = (key: number): Part => [
    'EMPTY_DICT',
    'MARK',
    keys.map((k): Part => [k, ['LONG_BINGET', u32(key)]]),
    'SETITEMS',
  ]
  const one = tensor(storage('0', 1), [1], [1])
  const remember = (key: number): Part => [['LONG_BINPUT', u32(key)], 'POP']
  return pickle(one, remember(1), fill(1), remember(2), fill(2), remember(3), fill(3))
}

function stateDict(...entries: Part[]): Uint8Array {
  return pickle('EMPTY_DICT', 'MARK', entries, 'SETITEMS')
}

/** A stored or deflated archive whose one entry says that it has `size` bytes. */
function zipThatSays(size: number, content: Uint8Array): Uint8Array {
  const zip = zipSync({ 'archive/data.pkl': content }, { level: 9, mtime: new Date(1990, 1, 1) })
  const view = new DataView(zip.buffer)
  view.setUint32(22, size, true)
  const end = zip.length - 22
  view.setUint32(view.getUint32(end + 16, true) + 24, size, true)
  return zip
}

function npz(shape: string, data: Uint8Array): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117)
  const npy = concat([Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 118, 0), line(header), data])
  return zipSync({ 'w.npy': npy }, { level: 9 })
}

function safetensors(header: string, length: number | bigint = header.length): Uint8Array {
  return concat([Uint8Array.from(u64(length)), new TextEncoder().encode(header)])
}

/** A list of 150 000 items, remembered, of which a global makes a value ten thousand times. */
function copies(module: string, name: string, item: Part): Uint8Array {
  return pickle(
    [global(module, name), put(0), 'POP', item, put(1), 'POP', 'EMPTY_LIST', put(2)],
    ['MARK', repeat(get(1), 150_000), 'APPENDS', 'POP'],
    repeat([get(0), get(2), 'TUPLE1', 'REDUCE', 'POP'], 10_000),
    'NONE',
  )
}

export const bombs: readonly Bomb[] = [
  { title: 'a list copied into shapes', code: 'bad-file', make: () => copies('torch', 'Size', int(1)) },
  { title: 'a list copied into sets', code: 'bad-file', make: () => copies('builtins', 'set', int(1)) },
  {
    title: 'a list copied into dicts',
    code: 'bad-file',
    make: () => copies('collections', 'OrderedDict', [int(1), int(2), 'TUPLE2']),
  },
  { title: '30 memo cycles of two', code: 'unsupported-model', make: () => pickle(doubling(30)) },
  {
    title: '30 memo cycles as constructor arguments',
    code: 'bad-file',
    make: () => persistent(doubling(30)),
  },
  { title: 'memo cycles deeper than the limit', code: 'bad-file', make: () => pickle(doubling(200)) },
  {
    title: 'DUP and TUPLE2',
    code: 'bad-file',
    make: () => pickle('NONE', repeat(['DUP', 'TUPLE2'], 500_000)),
  },
  {
    title: 'DUP three million times',
    code: 'bad-file',
    make: () => pickle('NONE', repeat('DUP', 3_000_000)),
  },
  {
    title: 'nested lists',
    code: 'bad-file',
    make: () => pickle(repeat('EMPTY_LIST', 1_000_000), repeat('APPEND', 999_999)),
  },
  { title: 'nested tuples', code: 'bad-file', make: () => pickle('NONE', repeat('TUPLE1', 1_000_000)) },
  { title: 'open marks', code: 'bad-file', make: () => pickle(repeat('MARK', 1_000_000)) },
  {
    title: 'dicts made and dropped',
    code: 'bad-file',
    make: () => pickle(repeat(['EMPTY_DICT', 'POP'], 2_000_000)),
  },
  {
    title: 'calls made and dropped',
    code: 'bad-file',
    make: () => pickle(repeat([global('torch', 'device'), 'EMPTY_TUPLE', 'REDUCE', 'POP'], 300_000)),
  },
  {
    title: 'a LONG4 of 2 GiB',
    code: 'bad-file',
    make: () => pickle('LONG4', u32(2 ** 31 - 1), new Uint8Array(1000)),
  },
  {
    title: 'many LONG1',
    code: 'bad-file',
    make: () => pickle(repeat(['LONG1', u8(64), new Uint8Array(64).fill(1), 'POP'], 400_000)),
  },
  {
    title: 'a LONG of two million digits',
    code: 'bad-file',
    make: () => pickle('LONG', new Uint8Array(2_000_000).fill(0x39), line('L')),
  },
  { title: 'a frame of 2^63 bytes', code: 'bad-file', make: () => pickle('FRAME', u64(2n ** 63n), 'NONE') },
  {
    title: 'a text of 2^60 bytes',
    code: 'bad-file',
    make: () => pickle('BINUNICODE8', u64(2n ** 60n), 'NONE'),
  },
  {
    title: 'a text over its limit',
    code: 'bad-file',
    make: () => pickle('BINUNICODE', u32(9 * mebi), new Uint8Array(9 * mebi)),
  },
  {
    title: 'many texts',
    code: 'bad-file',
    make: () => pickle(repeat([str('x'.repeat(250)), 'POP'], 200_000)),
  },
  { title: 'bytes of 2^62', code: 'bad-file', make: () => pickle('BINBYTES8', u64(2n ** 62n), 'NONE') },
  { title: 'a memo of a million entries', code: 'bad-file', make: () => pickle('NONE', manyPuts(1_000_000)) },
  {
    title: 'a memo entry at 2^32 - 1',
    code: 'unsupported-model',
    make: () => pickle('NONE', ['LONG_BINPUT', u32(2 ** 32 - 1)]),
  },
  {
    title: 'streams nested ten deep',
    code: 'forbidden',
    make: () => stateDict(str('w'), tensor(nestedStorage(streams(10)), [1], [1])),
  },
  {
    title: 'dicts that share a thousand parts a level',
    code: 'bad-file',
    make: () => torchZip(sharedDicts(), { 0: new Uint8Array(4) }),
  },
  {
    title: 'a tensor of 2^31 elements by strides of 0',
    code: 'bad-file',
    make: () =>
      torchZip(stateDict(str('w'), tensor(storage('0', 1), [2 ** 16, 2 ** 15], [0, 0])), {
        0: new Uint8Array(4),
      }),
  },
  {
    title: 'thousands of tensors by strides of 0',
    code: 'bad-file',
    make: () =>
      torchZip(
        stateDict(
          Array.from(
            { length: 5000 },
            (_, i): Part => [str(`w${i}`), tensor(storage('0', 1), [1024, 1024], [0, 0])],
          ),
        ),
        { 0: new Uint8Array(4) },
      ),
  },
  {
    title: 'a tensor without elements of endless extents',
    code: 'bad-file',
    make: () =>
      torchZip(stateDict(str('w'), tensor(storage('0', 1), Array(100).fill(2 ** 30), Array(100).fill(0))), {
        0: new Uint8Array(4),
      }),
  },
  {
    title: 'an archive that inflates a thousandfold',
    code: 'bad-file',
    make: () => zipSync({ 'archive/data.pkl': new Uint8Array(64 * mebi) }, { level: 9 }),
  },
  {
    title: 'an archive that inflates to more than it says',
    code: 'bad-file',
    make: () => zipThatSays(mebi, new Uint8Array(64 * mebi)),
  },
  {
    title: 'an npz of zeros that inflates a thousandfold',
    code: 'bad-file',
    make: () => npz('(16777216,)', new Uint8Array(64 * mebi)),
  },
  {
    title: 'an npz of a shape that it does not fill',
    code: 'bad-file',
    make: () => npz('(1000000, 1000000)', new Uint8Array(16)),
  },
  {
    title: 'a safetensors header of 2^63 bytes',
    code: 'bad-file',
    make: () => safetensors('{}      ', 2n ** 63n),
  },
  {
    title: 'a safetensors header of brackets',
    code: 'bad-file',
    make: () => safetensors(`{"w":${'['.repeat(mebi)}`),
  },
  {
    title: 'a safetensors shape of a million dimensions',
    code: 'bad-file',
    make: () => safetensors(`{"w":{"dtype":"F32","shape":[${'0,'.repeat(900_000)}0],"data_offsets":[0,0]}}`),
  },
]

function manyPuts(count: number): Uint8Array {
  const out = repeat(['LONG_BINPUT', u32(0)], count)
  const view = new DataView(out.buffer)
  for (let i = 0; i < count; i++) view.setUint32(i * 5 + 1, i, true)
  return out
}

/** NVIDIA's record of a module whose constructor arguments are `value`. */
function persistent(value: Part): Uint8Array {
  return pickle(
    ['EMPTY_DICT', str('G_ema'), global('torch_utils.persistence', '_reconstruct_persistent_obj')],
    [
      'EMPTY_DICT',
      str('state'),
      'EMPTY_DICT',
      str('_init_kwargs'),
      'EMPTY_DICT',
      str('x'),
      value,
      'SETITEM',
      'SETITEM',
      'SETITEM',
    ],
    ['TUPLE1', 'REDUCE', 'SETITEM', int(0), 'POP'],
  )
}
