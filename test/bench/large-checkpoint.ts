import { closeSync, openSync, writeSync } from 'node:fs'
import { crc32 } from '../../src/engine/checkpoint/crc32.ts'
import {
  assemble,
  concat,
  global,
  legacyStream,
  nestedStorage,
  type Part,
  pickle,
  storage,
  str,
  tensor,
  u8,
} from '../hostile/pickle-assembly.ts'
import { pack } from '../hostile/zip-assembly.ts'

/** Tensors of 1024 x 1024 float32, 4 MiB each: 86 of them make the size of StyleGAN2's pickles at 1024. */
const side = 1024
const count = side * side
const shape = [side, side]
const strides = [side, 1]

function values(index: number): Uint8Array {
  return new Uint8Array(new Float32Array(count).fill(index).buffer)
}

/** Writes a file part by part, so that the writer needs no more memory than one part. */
function writeParts(path: string, parts: Iterable<Uint8Array>): void {
  const descriptor = openSync(path, 'w')
  try {
    for (const part of parts) {
      for (let at = 0; at < part.length; ) at += writeSync(descriptor, part, at)
    }
  } finally {
    closeSync(descriptor)
  }
}

/** A torch archive with one state dict. */
export function writeLargeArchive(path: string, tensors: number): void {
  writeParts(path, archiveParts(tensors))
}

function* archiveParts(tensors: number): Generator<Uint8Array> {
  const names = Array.from({ length: tensors }, (_, i) => `${i}`)
  const entries = names.map((key): Part => [str(`layer.${key}`), tensor(storage(key, count), shape, strides)])
  const rows: Uint8Array[] = []
  let at = 0
  const contents = [['data.pkl', pickle('EMPTY_DICT', 'MARK', entries, 'SETITEMS')] as const]
  for (const [name, data] of contents) yield* entry(name, data)
  for (const key of names) yield* entry(`data/${key}`, values(Number(key)))
  const directory = concat(rows)
  yield directory
  yield pack(
    [0x06054b50, 4],
    [0, 4],
    [rows.length, 2],
    [rows.length, 2],
    [directory.length, 4],
    [at, 4],
    [0, 2],
  )

  function* entry(name: string, data: Uint8Array): Generator<Uint8Array> {
    const raw = new TextEncoder().encode(`large/${name}`)
    const sizes = [
      [crc32(data), 4],
      [data.length, 4],
      [data.length, 4],
      [raw.length, 2],
      [0, 2],
    ] as const
    rows.push(
      concat([pack([0x02014b50, 4], [20, 2], [20, 2], [0, 8], ...sizes, [0, 8], [0, 2], [at, 4]), raw]),
    )
    const header = concat([pack([0x04034b50, 4], [20, 2], [0, 8], ...sizes), raw])
    yield header
    yield data
    at += header.length + data.length
  }
}

/** A pickle in NVIDIA's form with one network. */
export function writeLargePickle(path: string, tensors: number): void {
  writeParts(path, pickleParts(tensors))
}

function* pickleParts(tensors: number): Generator<Uint8Array> {
  const persistent = global('torch_utils.persistence', '_reconstruct_persistent_obj')
  yield assemble('PROTO', u8(4), 'EMPTY_DICT', str('G_ema'), persistent, 'EMPTY_DICT', str('state')).bytes
  yield assemble('EMPTY_DICT', str('_parameters'), 'EMPTY_DICT', 'MARK').bytes
  for (let i = 0; i < tensors; i++) {
    const stream = legacyStream(pickle(storage('0', count)), [['0', count, values(i)]])
    yield assemble(str(`layer${i}`), tensor(nestedStorage(stream), shape, strides)).bytes
  }
  yield assemble('SETITEMS', 'SETITEM', 'SETITEM', 'TUPLE1', 'REDUCE', 'SETITEM', 'STOP').bytes
}
