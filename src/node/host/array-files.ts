import { writeNpz } from '../../engine/checkpoint/npz.ts'
import { openCheckpoint } from '../../engine/checkpoint/open.ts'
import { MienError } from '../../engine/errors.ts'
import type { FloatTensor, Tensor } from '../../engine/tensor.ts'
import type { Weights } from '../../engine/weights.ts'
import { openFileSource } from './file-source.ts'
import { requireFile } from './files.ts'

/** The bytes of an npz file of these arrays. */
export function npzBytes(arrays: Readonly<Record<string, Tensor>>): Uint8Array {
  return writeNpz(arrays)
}

/** The noise maps of an npz file by the names of the generator's buffers. */
export async function readNoise(path: string): Promise<Readonly<Record<string, FloatTensor>>> {
  const maps = Object.entries(await readArrays(path))
  return Object.fromEntries(maps.map(([name, map]) => [name.replace(/^synthesis\./, ''), map]))
}

/** All arrays of an npz file by their names. Throws MienError 'unreadable-file', 'bad-file'. */
export function readArrays(path: string): Promise<Readonly<Record<string, FloatTensor>>> {
  return withArrays(path, (weights) =>
    Object.fromEntries([...weights].map(([name, stored]) => [name, finite(stored.float32(), path, name)])),
  )
}

/** Gives the arrays of an npz file to `take`, which reads those that it wants. Throws MienError 'unreadable-file', 'bad-file'. */
export async function withArrays<T>(path: string, take: (weights: Weights) => T): Promise<T> {
  await requireFile(path)
  const source = openFileSource(path)
  try {
    const { format, networks } = openCheckpoint(source)
    if (format !== 'npz' && format !== 'npy' && format !== 'safetensors') {
      throw new MienError('bad-file', `${path} is a checkpoint of a network, not a file of arrays.`, {
        file: path,
        hint: 'Give an npz file, such as projected_w.npz or noise.npz of a result.',
      })
    }
    return take(networks[0]!.weights)
  } finally {
    source.close()
  }
}

/** Throws MienError 'bad-file' for entries that are not finite. */
export function finite(tensor: FloatTensor, path: string, name: string): FloatTensor {
  if (tensor.data.every(Number.isFinite)) return tensor
  throw new MienError('bad-file', `${path}: the array "${name}" has entries that are not finite numbers.`, {
    file: path,
    name,
    hint: 'It was saved from a computation that failed; make it again.',
  })
}
