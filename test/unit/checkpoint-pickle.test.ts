import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Budget } from '../../src/engine/checkpoint/budget.ts'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { readPickle } from '../../src/engine/checkpoint/pickle-machine.ts'
import { opcodes } from '../../src/engine/checkpoint/pickle-opcodes.ts'
import { plainData } from '../../src/engine/checkpoint/plain-data.ts'
import type { ByteSource } from '../../src/engine/runtime.ts'
import {
  assemble,
  bytes,
  get,
  global,
  int,
  legacyStream,
  line,
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
} from '../hostile/pickle-assembly.ts'

function value(...parts: readonly Part[]): unknown {
  const file = assemble(...parts, 'STOP').bytes
  const budget = new Budget('file', file.length)
  return plainData(readPickle(memorySource(file, 'file'), 0, { grammar: 'nvidia', budget }).value, budget)
}

const ascii = (text: string) => new TextEncoder().encode(text)

describe('the opcodes give the values that Python gives', () => {
  test('the table has the 68 opcodes of protocols 0 to 5', () => {
    expect(opcodes.filter((opcode) => opcode !== undefined)).toHaveLength(68)
  })

  test.for<[string, readonly Part[], unknown]>([
    ['INT', ['INT', line('-12')], -12],
    ['INT true', ['INT', line('01')], true],
    ['INT false', ['INT', line('00')], false],
    ['LONG', ['LONG', line('1099511627776L')], 2 ** 40],
    ['LONG beyond doubles', ['LONG', line('18446744073709551617L')], 2n ** 64n + 1n],
    ['FLOAT', ['FLOAT', line('1.5e-3')], 0.0015],
    ['FLOAT inf', ['FLOAT', line('-inf')], Number.NEGATIVE_INFINITY],
    ['BINFLOAT', ['BINFLOAT', [0x3f, 0xf8, 0, 0, 0, 0, 0, 0]], 1.5],
    ['BININT', ['BININT', u32(-3)], -3],
    ['BININT2', ['BININT2', [1, 2]], 513],
    ['LONG1 of no bytes', ['LONG1', u8(0)], 0],
    ['LONG1 negative', ['LONG1', u8(1), [0xff]], -1],
    ['LONG1 with a sign byte', ['LONG1', u8(2), [0xff, 0]], 255],
    ['LONG4', ['LONG4', u32(2), [0, 0x80]], -32768],
    ['STRING', ['STRING', line("'it\\'s \\x41\\n\\101'")], "it's A\nA"],
    ['UNICODE', ['UNICODE', line('caf\\u00e9 \\U0001f600')], 'café 😀'],
    ['BINUNICODE', ['BINUNICODE', u32(5), ascii('plain')], 'plain'],
    ['BINUNICODE8', ['BINUNICODE8', u64(5), ascii('plain')], 'plain'],
    ['SHORT_BINSTRING', ['SHORT_BINSTRING', u8(2), [0x41, 0xe9]], 'Aé'],
    ['BINSTRING', ['BINSTRING', u32(1), [0x41]], 'A'],
    ['LIST', ['MARK', int(1), int(2), 'LIST'], [1, 2]],
    ['APPEND', ['EMPTY_LIST', int(1), 'APPEND'], [1]],
    ['TUPLE3', [int(1), int(2), int(3), 'TUPLE3'], [1, 2, 3]],
    ['DICT', ['MARK', str('a'), int(1), 'DICT'], { a: 1 }],
    ['SETITEM', ['EMPTY_DICT', str('a'), 'NONE', 'SETITEM'], { a: null }],
    ['ADDITEMS', ['EMPTY_SET', 'MARK', int(1), 'ADDITEMS'], [1]],
    ['FROZENSET', ['MARK', int(1), 'FROZENSET'], [1]],
    ['PUT and GET', [int(7), 'PUT', line('300'), 'POP', 'GET', line('300')], 7],
    ['LONG_BINPUT and LONG_BINGET', [int(7), 'LONG_BINPUT', u32(70000), 'POP', 'LONG_BINGET', u32(70000)], 7],
    ['MEMOIZE', [int(7), 'MEMOIZE', 'POP', get(0)], 7],
    ['POP of a MARK', [int(7), 'MARK', 'POP'], 7],
    ['POP_MARK', [int(7), 'MARK', int(8), 'POP_MARK'], 7],
    ['DUP', [int(7), 'DUP', 'TUPLE2'], [7, 7]],
    ['a frame', ['FRAME', u64(6), 'BININT', u32(5)], 5],
    [
      'OrderedDict of pairs',
      [
        global('collections', 'OrderedDict'),
        'EMPTY_LIST',
        str('a'),
        int(1),
        'TUPLE2',
        'APPEND',
        'TUPLE1',
        'REDUCE',
      ],
      { a: 1 },
    ],
    [
      'EasyDict by NEWOBJ',
      [global('dnnlib.util', 'EasyDict'), 'EMPTY_TUPLE', 'NEWOBJ', str('a'), int(1), 'SETITEM'],
      { a: 1 },
    ],
    [
      'defaultdict of a type',
      [
        [global('collections', 'defaultdict'), global('__builtin__', 'list'), 'TUPLE1', 'REDUCE'],
        [str('a'), int(1), 'SETITEM'],
      ],
      { a: 1 },
    ],
    [
      'Counter of a dict',
      [
        [global('collections', 'Counter'), 'EMPTY_DICT', str('a'), int(2), 'SETITEM'],
        ['TUPLE1', 'REDUCE'],
      ],
      { a: 2 },
    ],
    ...(
      [
        ['pathlib', 'PosixPath'],
        ['datetime', 'datetime'],
        ['numpy._core.numeric', '_frombuffer'],
        ['builtins', 'slice'],
      ] as const
    ).map(([module, name]): [string, readonly Part[], unknown] => [
      `${module}.${name}, recorded and not looked at`,
      [global(module, name), str('a'), 'TUPLE1', 'REDUCE'],
      null,
    ]),
    [
      'settings of Lightning',
      [
        [global('pytorch_lightning.utilities.parsing', 'AttributeDict'), 'EMPTY_TUPLE', 'NEWOBJ'],
        [str('a'), int(1), 'SETITEM'],
      ],
      { a: 1 },
    ],
    ['set of a list', [global('builtins', 'set'), 'EMPTY_LIST', int(1), 'APPEND', 'TUPLE1', 'REDUCE'], [1]],
  ])('%s', ([, parts, expected]) => expect(value(...parts)).toEqual(expected))

  test('a key such as __proto__ is only a key', () => {
    const record = value('EMPTY_DICT', str('__proto__'), str('x'), 'SETITEM') as object
    expect(Object.getPrototypeOf(record)).toBeNull()
    expect(Object.entries(record)).toEqual([['__proto__', 'x']])
  })

  test.for<[string, readonly Part[]]>([
    ['APPEND on a tuple', ['EMPTY_TUPLE', int(1), 'APPEND']],
    ['SETITEM on a list', ['EMPTY_LIST', int(1), int(2), 'SETITEM']],
    ['ADDITEMS on a list', ['EMPTY_LIST', 'MARK', int(1), 'ADDITEMS']],
    ['SETITEMS with a key left over', ['EMPTY_DICT', 'MARK', int(1), 'SETITEMS']],
    ['a list as a key', ['EMPTY_DICT', 'EMPTY_LIST', int(1), 'SETITEM']],
    ['a memo entry that is not there', [get(3)]],
    ['POP of an empty stack', ['POP']],
    ['TUPLE2 across a MARK', [int(1), 'MARK', int(2), 'TUPLE2']],
    ['TUPLE without MARK', ['TUPLE']],
    ['values left over', [int(1), int(2)]],
    ['a MARK left over', [int(1), 'MARK']],
    ['nothing', []],
    ['a frame inside a frame', ['FRAME', u64(20), 'FRAME', u64(1), int(1)]],
    ['a frame that ends inside an opcode', ['FRAME', u64(3), int(1)]],
    ['a frame longer than the file', ['FRAME', u64(100), int(1)]],
    ['STOP inside a frame', ['FRAME', u64(7), int(1), 'STOP', 'NONE', 'NONE']],
    ['a protocol of the future', ['PROTO', u8(6), 'NONE']],
    ['an opcode that does not exist', [[0xfe]]],
    ['a malformed number', ['INT', line('1e3')]],
    ['a text that is not UTF-8', ['SHORT_BINUNICODE', u8(1), [0xff]]],
    ['a text in no quotes', ['STRING', line('abc')]],
    ['a buffer from outside', ['NEXT_BUFFER']],
    [
      'keywords for a new object',
      [
        global('argparse', 'Namespace'),
        'EMPTY_TUPLE',
        'EMPTY_DICT',
        str('a'),
        int(1),
        'SETITEM',
        'NEWOBJ_EX',
      ],
    ],
    [
      'a state given twice',
      [
        global('argparse', 'Namespace'),
        'EMPTY_TUPLE',
        'NEWOBJ',
        'EMPTY_DICT',
        'BUILD',
        'EMPTY_DICT',
        'BUILD',
      ],
    ],
    ['a list inside itself, as settings', ['EMPTY_LIST', put(0), get(0), 'APPEND']],
  ])('%s is refused', ([, parts]) => {
    expect(() => value(...parts)).toThrow(expect.objectContaining({ code: 'bad-file' }))
  })
})

describe('torch', () => {
  const data = new Uint8Array(Float32Array.of(0, 1, 2, 3, 4, 5).buffer)
  const dict = (...entries: Part[]) => pickle('EMPTY_DICT', 'MARK', entries, 'SETITEMS')
  const read = (file: Uint8Array) => openCheckpoint(memorySource(file, 'file')).networks[0]!.weights

  test('a storage that is a view of another, as before torch 0.4', () => {
    const view: Part = ['MARK', str('v'), int(2), int(3), 'TUPLE']
    const id: Part = [
      'MARK',
      str('storage'),
      global('torch', 'FloatStorage'),
      str('0'),
      str('cpu'),
      int(6),
      view,
      'TUPLE',
      'BINPERSID',
    ]
    const file = legacyStream(dict(str('w'), tensor(id, [3], [1])), [['0', 6, data]])
    expect([...read(file).get('w')!.float32().data]).toEqual([2, 3, 4])
  })

  test.for<[string, number[], number[], number]>([
    ['an offset', [3], [1], 4],
    ['a stride', [3], [3], 0],
    ['a second dimension', [2, 3], [4, 1], 0],
    ['a negative stride', [3], [-1], 2],
    ['a negative offset', [3], [1], -1],
    ['an extent', [7], [1], 0],
    ['more strides than dimensions', [3], [1, 1], 0],
  ])('a view that leaves its storage by %s is refused by its name', ([, shape, strides, offset]) => {
    const file = torchZip(dict(str('w'), tensor(storage('0', 6), shape, strides, offset)), { 0: data })
    expect(() => read(file)).toThrow(
      expect.objectContaining({ code: 'bad-file', place: expect.objectContaining({ name: 'w' }) }),
    )
  })

  test('state dicts are found four deep, in lists and in tuples, by what leads to them', () => {
    const weights: Part = ['EMPTY_DICT', str('w'), tensor(storage('0', 6), [6], [1]), 'SETITEM']
    const nested = (key: string, inner: Part): Part => ['EMPTY_DICT', str(key), inner, 'SETITEM']
    const listed: Part = ['EMPTY_LIST', weights, 'APPEND']
    const file = torchZip(
      dict(
        [str('a'), nested('b', nested('c', nested('d', weights)))],
        [str('list'), listed],
        [str('tuple'), [int(1), weights, 'TUPLE2']],
      ),
      { 0: data },
    )
    const { networks } = openCheckpoint(memorySource(file, 'file'))
    expect(networks.map(({ name }) => name)).toEqual(['a.b.c.d', 'list.0', 'tuple.1'])
    for (const { weights } of networks) expect([...weights.keys()]).toEqual(['w'])
  })

  test("NVIDIA's modules are found in lists and in tuples, by what leads to them", () => {
    const entry = (key: string, item: Part): Part => [str(key), item, 'SETITEM']
    const record = (...entries: Part[]): Part => ['EMPTY_DICT', entries]
    const state = record(entry('_parameters', record(entry('w', tensor(storage('0', 6), [6], [1])))))
    const module: Part = [
      [global('torch_utils.persistence', '_reconstruct_persistent_obj'), record(entry('state', state))],
      ['TUPLE1', 'REDUCE'],
    ]
    const file = torchZip(pickle('EMPTY_LIST', [int(1), module, 'TUPLE2'], 'APPEND'), { 0: data })
    const { networks } = openCheckpoint(memorySource(file, 'file'))
    expect(networks.map(({ name, weights }) => [name, [...weights.keys()]])).toEqual([['0.1', ['w']]])
  })

  test("arrays of NumPy beside the weights are passed over, of either NumPy's", () => {
    for (const module of ['numpy.core.multiarray', 'numpy._core.multiarray']) {
      const array: Part = [
        global(module, '_reconstruct'),
        [global('numpy', 'ndarray'), int(0), 'TUPLE1', bytes(ascii('b')), 'TUPLE3'],
        'REDUCE',
        ['MARK', int(1), int(2), 'TUPLE1', 'NONE', 'NEWFALSE', bytes(ascii('12345678')), 'TUPLE', 'BUILD'],
      ]
      const file = torchZip(dict([str('mean'), array], [str('w'), tensor(storage('0', 6), [6], [1])]), {
        0: data,
      })
      expect([...read(file).keys()]).toEqual(['w'])
      expect(value(array)).toBeNull()
    }
  })

  test('opening reads no weights', () => {
    const size = 2 ** 20
    const names = Array.from({ length: 16 }, (_, i) => `${i}`)
    const file = torchZip(
      dict(names.map((key): Part => [str(key), tensor(storage(key, size / 4), [size / 4], [1])])),
      Object.fromEntries(names.map((key) => [key, new Uint8Array(size)])),
    )
    const { source, bytesRead } = counted(file)
    const [network] = openCheckpoint(source).networks
    expect(bytesRead()).toBeLessThan(size / 4)
    network!.weights.get('3')!.read()
    expect(bytesRead()).toBeLessThan(size * 1.25)
  })

  test('complex numbers are an unsupported model', () => {
    const id: Part = [
      'MARK',
      str('storage'),
      global('torch', 'ComplexFloatStorage'),
      str('0'),
      str('cpu'),
      int(1),
      'TUPLE',
      'BINPERSID',
    ]
    const file = torchZip(dict(str('w'), tensor(id, [1], [1])), { 0: new Uint8Array(8) })
    expect(() => read(file)).toThrow(expect.objectContaining({ code: 'unsupported-model' }))
  })
})

describe('NVIDIA pickles', () => {
  test.for(['persistent.pkl', 'persistent-protocol-2.pkl'])(
    '%s: arguments are plain data, NumPy numbers too',
    (name) => {
      const file = new Uint8Array(readFileSync(`test/fixtures/torch/${name}`))
      const [generator, ...others] = openCheckpoint(memorySource(file, name)).networks
      expect(others).toEqual([])
      expect(generator!.init).toEqual({ z_dim: 8, scale: 0.5, names: ['a'] })
      expect([...generator!.weights.keys()]).toEqual(['w_avg', 'b4.const', 'b4.resample_filter'])
    },
  )

  test('bytes stay in the file', () => {
    const big = new Uint8Array(2 ** 20)
    const { source, bytesRead } = counted(pickle('EMPTY_DICT', str('unused'), bytes(big), 'SETITEM'))
    expect(() => openCheckpoint(source)).toThrow(expect.objectContaining({ code: 'unsupported-model' }))
    expect(bytesRead()).toBeLessThan(2 ** 18)
  })
})

function counted(file: Uint8Array): { source: ByteSource; bytesRead: () => number } {
  const memory = memorySource(file, 'file')
  let read = 0
  const source: ByteSource = {
    ...memory,
    read(offset, length) {
      read += length
      return memory.read(offset, length)
    },
  }
  return { source, bytesRead: () => read }
}
