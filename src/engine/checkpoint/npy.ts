import { MienError } from '../errors.ts'
import type { ByteSource } from '../runtime.ts'
import { denseStrides } from '../strided.ts'
import { type DType, sizeOf, type Tensor } from '../tensor.ts'
import type { StoredTensor } from '../weights.ts'
import type { Budget } from './budget.ts'
import { sliceSource, swappedSource } from './byte-source.ts'
import { limits } from './limits.ts'
import { quoted, refusal } from './refusal.ts'
import { itemSizes, storedView } from './stored-view.ts'
import { fromLatin1, fromUtf8, toUtf8 } from './utf8.ts'

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]

/** NumPy's type codes; '|' where there is one byte, '>' in place of '<' for big-endian ones. bfloat16 has none. */
const codes: Readonly<Record<string, DType>> = {
  '<f4': 'float32',
  '<f8': 'float64',
  '<f2': 'float16',
  '<i8': 'int64',
  '<i4': 'int32',
  '<i2': 'int16',
  '|i1': 'int8',
  '|u1': 'uint8',
  '|b1': 'bool',
}

/** Whether `source` begins as an npy file does. */
export function isNpy(source: ByteSource): boolean {
  if (source.size < 10) return false
  const head = source.read(0, magic.length)
  return magic.every((byte, i) => byte === head[i])
}

/**
 * The array of an npy file (numpy.lib.format 1.0 to 3.0), or undefined where it holds texts or other types that are
 * no tensors. `name` is for errors: MienError 'bad-file', or 'forbidden' for Python objects, which are pickles.
 */
export function readNpy(source: ByteSource, name: string, budget: Budget): StoredTensor | undefined {
  const fault = (what: string) =>
    refusal('bad-file', `The array ${quoted(name)} in "${budget.file}" ${what}.`, {
      file: budget.file,
      offset: 0,
      name,
    })
  if (!isNpy(source)) throw fault('does not begin as an npy file does')
  const head = source.read(0, Math.min(12, source.size))
  const version = head[6]!
  if (version < 1 || version > 3 || head[7] !== 0) throw fault('is of an npy version that does not exist')
  const begin = version === 1 ? 10 : 12
  if (source.size < begin) throw fault('is cut short')
  const view = new DataView(head.buffer, head.byteOffset, head.length)
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true)
  if (length > limits.npyHeader || begin + length > source.size) throw fault('has a header that is too long')
  const raw = source.read(begin, length)
  const text = version === 3 ? fromUtf8(raw) : fromLatin1(raw)
  const header = text === undefined ? undefined : parseHeader(text)
  if (header === undefined) throw fault('has a header that Mien does not read')
  if (/^\|?O/.test(header.descr)) {
    const array = name === '' ? 'The array' : `The array ${quoted(name)}`
    // ReStyle and other encoders save a dict as an array without extents.
    const numbers = header.shape.length === 0 ? 'array.item()["name"]' : 'array.tolist()'
    throw refusal('forbidden', `${array} in "${budget.file}" holds Python objects and not numbers.`, {
      file: budget.file,
      offset: 0,
      name,
      hint: `An array of objects is a pickle, which may hold anything. Save the numbers alone: numpy.save(file, numpy.array(${numbers}, "float32")).`,
    })
  }
  const isBigEndian = header.descr.startsWith('>')
  const code = isBigEndian ? `<${header.descr.slice(1)}` : header.descr
  const dtype = Object.hasOwn(codes, code) ? codes[code] : undefined
  if (dtype === undefined) return undefined
  const { shape } = header
  const stored = sliceSource(source, begin + length, source.size - begin - length)
  const data = isBigEndian ? swappedSource(stored, itemSizes[dtype]) : stored
  if (sizeOf(shape) * itemSizes[dtype] !== data.size) throw fault('is not as large as its shape says')
  const strides = header.fortran ? denseStrides([...shape].reverse()).reverse() : denseStrides(shape)
  return storedView(data, { dtype, shape, offset: 0, strides }, name, budget)
}

interface NpyHeader {
  readonly descr: string
  readonly fortran: boolean
  readonly shape: number[]
}

const descrField = /'descr' ?: ?'([^'\\]{1,32})'/
const field = String.raw`'(?:descr|fortran_order|shape)' ?: ?(?:'[^'\\]{1,32}'|True|False|\([\d, L]{0,400}\)) ?,? ?`
const headerForm = new RegExp(`^ ?\\{ ?(?:${field}){3}\\} ?$`)

/** Parses the one form of Python dict that NumPy writes; undefined for anything else. */
function parseHeader(padded: string): NpyHeader | undefined {
  // Runs of spaces become one first, so that the patterns take linear time.
  const text = padded.replace(/\s+/g, ' ')
  if (!headerForm.test(text)) return undefined
  const descr = descrField.exec(text)?.[1]
  const order = /'fortran_order' ?: ?(True|False)/.exec(text)?.[1]
  const extents = /'shape' ?: ?\(([\d, L]*)\)/.exec(text)?.[1]
  if (descr === undefined || order === undefined || extents === undefined) return undefined
  const parts = extents.split(',').map((part) => part.trim())
  if (parts.at(-1) === '') parts.pop()
  const shape = parts.map((part) => (/^\d{1,15}L?$/.test(part) ? Number.parseInt(part, 10) : Number.NaN))
  if (shape.some(Number.isNaN) || !Number.isSafeInteger(sizeOf(shape))) return undefined
  return { descr, fortran: order === 'True', shape }
}

/** The bytes of an npy file, version 1.0. Throws MienError 'wrong-use' for bfloat16, which NumPy has no type for. */
export function writeNpy(tensor: Tensor): Uint8Array {
  const code = Object.keys(codes).find((key) => codes[key] === tensor.dtype)
  if (code === undefined) throw new MienError('wrong-use', `NumPy files cannot hold ${tensor.dtype}.`)
  const extents = tensor.shape.length === 1 ? `${tensor.shape[0]},` : tensor.shape.join(', ')
  const header = `{'descr': '${code}', 'fortran_order': False, 'shape': (${extents}), }`
  // Data begin at a multiple of 64, as NumPy writes them; the header ends with a line feed.
  const length = Math.ceil((10 + header.length + 1) / 64) * 64 - 10
  const { data } = tensor
  const out = new Uint8Array(10 + length + data.byteLength)
  out.set(magic)
  out.set([1, 0, length & 255, length >> 8], 6)
  out.set(toUtf8(`${header.padEnd(length - 1)}\n`), 10)
  out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + length)
  return out
}
