import fc from 'fast-check'
import { zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { memorySource, sliceSource, swappedSource } from '../../src/engine/checkpoint/byte-source.ts'
import { writeNpy } from '../../src/engine/checkpoint/npy.ts'
import { writeNpz } from '../../src/engine/checkpoint/npz.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { writeSafetensors } from '../../src/engine/checkpoint/safetensors.ts'
import { elements, itemSizes } from '../../src/engine/checkpoint/stored-view.ts'
import { writeTorchZip } from '../../src/engine/checkpoint/torch-zip-writer.ts'
import { readZip } from '../../src/engine/checkpoint/zip.ts'
import { MienError } from '../../src/engine/errors.ts'
import { fromBfloat16, fromFloat16, toFloat16 } from '../../src/engine/half.ts'
import { type DType, floatTensor, sizeOf, type Tensor } from '../../src/engine/tensor.ts'

const dtypes = Object.keys(itemSizes) as DType[]

/** Any tensor of up to four dimensions, scalars and empty ones included. */
const tensors = (types: readonly DType[]): fc.Arbitrary<Tensor> =>
  fc
    .record({ dtype: fc.constantFrom(...types), shape: fc.array(fc.nat({ max: 4 }), { maxLength: 4 }) })
    .chain(({ dtype, shape }) => {
      const size = sizeOf(shape) * itemSizes[dtype]
      return fc.uint8Array({ minLength: size, maxLength: size }).map((bytes): Tensor => {
        const data = dtype === 'bool' ? bytes.map((byte) => byte & 1) : bytes
        return { dtype, shape, data: elements(dtype, data) }
      })
    })

/** Names with dots, slashes, and words that objects know. */
const names = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'synthesis.b4.const', 'noise/b4'),
  fc.string({ minLength: 1, maxLength: 20, unit: fc.constantFrom(...'abcXYZ019._-/ äé漢'.split('')) }),
)
const archiveNames = names.filter(
  (name) => !/^\/|(^|\/)\.\.?(\/|$)/.test(`${name}.npy`) && !name.startsWith('/'),
)

function read(file: Uint8Array): Map<string, Tensor> {
  const [network] = openCheckpoint(memorySource(file, 'file')).networks
  return new Map([...network!.weights].map(([name, stored]) => [name, stored.read()]))
}

const bytesOf = ({ data }: Tensor) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
const comparable = (all: Iterable<readonly [string, Tensor]>) =>
  [...all].map(([name, t]) => ({ name, dtype: t.dtype, shape: t.shape, bytes: [...bytesOf(t)] }))
const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)

describe('what is written is read again, to the bit', () => {
  test('safetensors', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(names, tensors(dtypes)), { minLength: 1, maxLength: 5 }), (entries) => {
        const given = new Map(entries)
        const found = read(writeSafetensors(given))
        expect(comparable(found).sort(byName)).toEqual(comparable(given).sort(byName))
      }),
      { numRuns: 200 },
    )
  })

  test('npz', () => {
    const types = dtypes.filter((dtype) => dtype !== 'bfloat16')
    fc.assert(
      fc.property(
        fc.array(fc.tuple(archiveNames, tensors(types)), { minLength: 1, maxLength: 5 }),
        (entries) => {
          const given = new Map(entries)
          // The writer keeps files by name in an object, so that whole numbers come first.
          expect(comparable(read(writeNpz(given))).sort(byName)).toEqual(comparable(given).sort(byName))
        },
      ),
      { numRuns: 200 },
    )
  })

  test('npy', () => {
    const types = dtypes.filter((dtype) => dtype !== 'bfloat16')
    fc.assert(
      fc.property(tensors(types), (tensor) => {
        expect(comparable(read(writeNpy(tensor)))).toEqual(comparable([['', tensor]]))
      }),
      { numRuns: 200 },
    )
  })

  test('a state dict of torch', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(names, tensors(dtypes)), {
          minLength: 1,
          maxLength: 5,
          selector: ([name]) => name,
        }),
        (entries) => {
          const file = writeTorchZip(new Map(entries))
          const { format, networks } = openCheckpoint(memorySource(file, 'file'))
          expect([format, networks.length]).toEqual(['torch-zip', 1])
          expect(comparable(read(file))).toEqual(comparable(entries))
        },
      ),
      { numRuns: 200 },
    )
  })

  test('a state dict of torch is laid out as torch lays it out', () => {
    const file = writeTorchZip({ scalar: floatTensor([], [7]), none: floatTensor([0, 2], []) })
    const entries = readZip(memorySource(file, 'file'))
    const sizes = [...entries.values()].map(({ name, size }) => [name, size])
    expect(sizes.slice(1)).toEqual([
      ['archive/byteorder', 6],
      ['archive/version', 2],
      ['archive/data/0', 4],
      ['archive/data/1', 0],
    ])
    // Stored as they are: torch reads tensors where they lie.
    const { offset } = entries.get('archive/data/0')!
    expect(new DataView(file.buffer, offset).getFloat32(0, true)).toBe(7)
  })

  test('safetensors keep their metadata as plain data', () => {
    const file = writeSafetensors({ w: floatTensor([1], [1]) }, { made: 'by hand', ['__proto__']: 'a key' })
    const { init } = openCheckpoint(memorySource(file, 'file')).networks[0]!
    expect(Object.getPrototypeOf(init)).toBeNull()
    expect(Object.entries(init)).toContainEqual(['made', 'by hand'])
  })

  test('bfloat16 has no type in NumPy', () => {
    const tensor: Tensor = { dtype: 'bfloat16', shape: [1], data: new Uint16Array(1) }
    expect(() => writeNpy(tensor)).toThrow(expect.objectContaining({ code: 'wrong-use' }))
  })
})

describe('safetensors written elsewhere', () => {
  const file = (header: string, data: number[] = []) => {
    const json = new TextEncoder().encode(header)
    const out = new Uint8Array(8 + json.length + data.length)
    new DataView(out.buffer).setBigUint64(0, BigInt(json.length), true)
    out.set(json, 8)
    out.set(data, 8 + json.length)
    return out
  }
  const entry = (begin: number, end: number, more = '') =>
    `{"dtype":"U8","shape":[${end - begin}],"data_offsets":[${begin},${end}]${more}}`

  test.for([
    ['a gap', file(`{"a":${entry(0, 1)},"b":${entry(2, 3)}}`, [1, 2, 3]), 'bad-file'],
    ['an overlap', file(`{"a":${entry(0, 2)},"b":${entry(1, 3)}}`, [1, 2, 3]), 'bad-file'],
    ['data behind the last tensor', file(`{"a":${entry(0, 1)}}`, [1, 2]), 'bad-file'],
    ['a tensor beyond the file', file(`{"a":${entry(0, 9)}}`, [1]), 'bad-file'],
    [
      'a shape that does not fit',
      file('{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}', [1, 2, 3, 4]),
      'bad-file',
    ],
    ['a negative extent', file('{"a":{"dtype":"U8","shape":[-1,-1],"data_offsets":[0,1]}}', [1]), 'bad-file'],
    ['a field too many', file(`{"a":${entry(0, 1, ',"x":1')}}`, [1]), 'bad-file'],
    ['metadata that are no texts', file('{"__metadata__":{"a":1}}'), 'bad-file'],
    ['a header that is no object', file('{"a"}    '), 'bad-file'],
    [
      'eight-bit floats',
      file('{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}', [1]),
      'unsupported-model',
    ],
  ] as const)('%s', ([, bytes, code]) => {
    expect(() => openCheckpoint(memorySource(bytes, 'file'))).toThrow(expect.objectContaining({ code }))
  })
})

describe('NumPy files written elsewhere', () => {
  const npy = (header: string, data: number[], version = 1) => {
    const text = new TextEncoder().encode(`${header}\n`)
    const length =
      version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0]
    return Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0, ...length, ...text, ...data)
  }

  test('Fortran order is read row by row', () => {
    const file = npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }", [1, 4, 2, 5, 3, 6])
    expect([...read(file).get('')!.data]).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('big-endian numbers, also in pieces', () => {
    const file = npy("{'descr': '>i2', 'fortran_order': False, 'shape': (3,), }", [0, 7, 1, 0, 255, 254])
    expect([...read(file).get('')!.data]).toEqual([7, 256, -2])
    const swapped = swappedSource(memorySource(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), 'x'), 4)
    expect([...swapped.read(2, 4)]).toEqual([2, 1, 8, 7])
    expect([...swapped.read(0, 8)]).toEqual([4, 3, 2, 1, 8, 7, 6, 5])
  })

  test.for([2, 3])('version %d', (version) => {
    const file = npy("{'descr': '<i2', 'fortran_order': False, 'shape': (1,), }", [7, 0], version)
    expect([...read(file).get('')!.data]).toEqual([7])
  })

  test.for([
    ['Python objects', "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", 'forbidden'],
    ['texts alone', "{'descr': '<U4', 'fortran_order': False, 'shape': (1,), }", 'unsupported-model'],
    ['a header with a call', "{'descr': '<f4', 'fortran_order': False, 'shape': (f(1),), }", 'bad-file'],
    ['a header without shape', "{'descr': '<f4', 'fortran_order': False, }", 'bad-file'],
    ['a shape too large', "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 'bad-file'],
  ])('%s', ([, header, code]) => {
    expect(() => read(npy(header!, [0, 0, 0, 0]))).toThrow(expect.objectContaining({ code }))
  })
})

describe('half precision', () => {
  test('every bit pattern survives the way to float32 and back', () => {
    const all = Uint16Array.from({ length: 0x10000 }, (_, bits) => bits)
    const back = toFloat16(fromFloat16(all))
    for (let bits = 0; bits < 0x10000; bits++) {
      const isNan = (bits & 0x7c00) === 0x7c00 && (bits & 0x3ff) !== 0
      expect(back[bits]).toBe(isNan ? (bits & 0x8000) | 0x7e00 : bits)
    }
  })

  test('values between round to the nearest, ties to even', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true }), (value) => {
        const rounded = fromFloat16(toFloat16(Float32Array.of(value)))[0]!
        if (Math.abs(value) >= 65520) expect(Math.abs(rounded)).toBe(Number.POSITIVE_INFINITY)
        else {
          const step = 2 ** (Math.max(Math.floor(Math.log2(Math.abs(value) || 1e-30)), -14) - 10)
          expect(Math.abs(rounded - value)).toBeLessThanOrEqual(step / 2)
        }
      }),
    )
    expect([
      ...fromFloat16(toFloat16(Float32Array.of(1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520, 2 ** -25, -0))),
    ]).toEqual([1, 1 + 2 ** -9, 65504, Number.POSITIVE_INFINITY, 0, -0])
  })

  test('bfloat16 is the upper half of float32', () => {
    expect([...fromBfloat16(Uint16Array.of(0x3f80, 0xc000, 0x7f80))]).toEqual([
      1,
      -2,
      Number.POSITIVE_INFINITY,
    ])
  })
})

describe('sources', () => {
  test.for([
    [-1, 1],
    [0, 5],
    [5, 0],
    [0, Number.NaN],
    [0.5, 1],
    [Number.POSITIVE_INFINITY, 1],
  ])('%o lies outside', ([at, length]) => {
    const source = memorySource(new Uint8Array(4), 'file')
    expect(() => source.read(at!, length!)).toThrow(MienError)
    expect(() => sliceSource(source, at!, length!)).toThrow(MienError)
  })

  test('a tensor does not share memory with the file', () => {
    const file = writeSafetensors({ w: floatTensor([1], [1]) })
    const stored = openCheckpoint(memorySource(file, 'file')).networks[0]!.weights.get('w')!
    stored.float32().data[0] = 5
    expect(stored.float32().data[0]).toBe(1)
  })
})

describe('files of no kind that Mien reads', () => {
  test.for([
    ['an empty file', '', 'bad-file'],
    ['a web page', '<!doctype html><html>', 'bad-file'],
    ['a text', 'weights', 'bad-file'],
    ['a pickle that is cut short', '\u0080', 'bad-file'],
  ])('%s', ([, text, code]) => {
    const file = Uint8Array.from(text!, (c) => c.charCodeAt(0))
    expect(() => openCheckpoint(memorySource(file, 'file'))).toThrow(expect.objectContaining({ code }))
  })

  test.for([
    [
      'a pointer of Git LFS',
      'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n',
      'Git LFS',
      'git lfs pull',
    ],
    ['a web page', '\n<!DOCTYPE html><title>Virus scan warning</title>', 'a web page', 'browser'],
    ['a web page with a mark of UTF-8', '\xef\xbb\xbf<html lang="en">', 'a web page', 'browser'],
    ['an answer of a server', '{"error":"Repository not found"}', 'an answer of a server', 'browser'],
    ['gzip', '\x1f\x8b\b\0', 'packed (gzip)', 'Unpack'],
    ['Zstandard, which begins as a pickle', '\x28\xb5\x2f\xfd\x04', 'packed (Zstandard)', 'Unpack'],
    ['7-Zip', '7z\xbc\xaf\x27\x1c\0', 'packed (7-Zip)', 'Unpack'],
    ['HDF5', '\x89HDF\r\n\x1a\n\0', 'HDF5', 'PyTorch'],
  ])('%s is named, with what to do', ([, text, what, hint]) => {
    const file = Uint8Array.from(text!, (c) => c.charCodeAt(0))
    expect(() => openCheckpoint(memorySource(file, 'file'))).toThrow(
      expect.objectContaining({
        code: 'bad-file',
        message: expect.stringContaining(what!),
        hint: expect.stringContaining(hint!),
      }),
    )
  })

  test('an archive around a checkpoint is told from one of torch', () => {
    const file = zipSync({ 'readme.txt': new Uint8Array(1), 'nets/ffhq.pkl': new Uint8Array(1) })
    expect(() => openCheckpoint(memorySource(file, 'file'))).toThrow(
      expect.objectContaining({ message: 'The archive "file" holds "nets/ffhq.pkl" as a file.' }),
    )
  })

  test('a tar archive', () => {
    const file = new Uint8Array(1024)
    file.set(new TextEncoder().encode('storages'))
    file.set(new TextEncoder().encode('ustar'), 257)
    expect(() => openCheckpoint(memorySource(file, 'file'))).toThrow(
      expect.objectContaining({ code: 'unsupported-model' }),
    )
  })
})
