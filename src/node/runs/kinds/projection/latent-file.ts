import { type Checkpoint, openCheckpoint } from '../../../../engine/checkpoint/open.ts'
import { MienError } from '../../../../engine/errors.ts'
import { type FloatTensor, floatTensor } from '../../../../engine/tensor.ts'
import type { StoredNetwork } from '../../../../engine/weights.ts'
import { finite } from '../../../host/array-files.ts'
import { openFileSource } from '../../../host/file-source.ts'
import { requireFile } from '../../../host/files.ts'

/**
 * Under what latents are kept: `w` by NVIDIA's projector, `dlatents` by the one before it, `latent` by rosinality's, `latents`
 * and `arr_0` by scripts; under no name where the file is one array or tensor, as PTI's and encoder4editing's.
 */
const keys = ['w', 'dlatents', 'latent', 'latents', 'w_plus', 'arr_0', '']

/** What is drawn from before the mapping network, or beside the latent. */
const otherSpace = /^(z|zs|noise)$/i

/**
 * A latent of an npz, npy, safetensors or torch file, as [1, rows, w_dim]: also of [rows, w_dim] or [w_dim]. Where there are
 * several, in an array [n, rows, w_dim] or in dicts of a file, the one of that index, counted from 0.
 *
 * @throws MienError 'unreadable-file', 'bad-file'; 'mismatch' for another shape, and for several without an index;
 * 'wrong-use' for an index that there is not
 */
export async function readLatent(path: string, index?: number): Promise<FloatTensor> {
  await requireFile(path)
  const source = openFileSource(path)
  try {
    const checkpoint = openCheckpoint(source)
    const latents = latentsIn(checkpoint.networks).flatMap(([name, tensor]) =>
      split(finite(tensor, path, name), path),
    )
    if (latents.length === 0) throw noLatent(checkpoint, path)
    const hint = `Choose one with --latent-index, 0 to ${latents.length - 1}.`
    if (index === undefined && latents.length > 1) {
      throw new MienError('mismatch', `${path} holds ${latents.length} latents.`, { file: path, hint })
    }
    const latent = latents[index ?? 0]
    if (latent !== undefined) return latent
    throw new MienError('wrong-use', `${path} holds no latent of index ${index}.`, { file: path, hint })
  } finally {
    source.close()
  }
}

/**
 * The tensors that are latents: in every dict the one under the first key that it has; under other names all that there are, if
 * they have one shape, as those of several pictures by their names.
 */
function latentsIn(networks: readonly StoredNetwork[]): readonly (readonly [string, FloatTensor])[] {
  const named = networks.flatMap(({ weights }) => {
    const key = keys.find((key) => weights.has(key))
    return key === undefined ? [] : [[key, weights.get(key)!] as const]
  })
  const all = networks.flatMap(({ weights }) => [...weights])
  const shapes = new Set(all.map(([, { shape }]) => shape.join()))
  const isAnyLatent = shapes.size === 1 && !all.some(([name]) => otherSpace.test(name))
  const found = named.length > 0 ? named : isAnyLatent ? all : []
  return found.map(([name, stored]) => [name, stored.float32()])
}

/** [n, rows, w_dim] as n latents [1, rows, w_dim]. */
function split({ shape, data }: FloatTensor, path: string): readonly FloatTensor[] {
  const [count, rows, width] = [1, 1, ...shape].slice(-3) as [number, number, number]
  if (shape.length === 0 || shape.length > 3 || data.length === 0) {
    throw new MienError(
      'mismatch',
      `${path} holds an array of shape [${shape.join(', ')}]; a latent is [w_dim], [num_ws, w_dim] or [1, num_ws, w_dim].`,
      { file: path, name: 'w', hint: 'Give a projected_w.npz, or save the latent alone.' },
    )
  }
  return Array.from({ length: count }, (_, i) =>
    floatTensor([1, rows, width], data.slice(i * rows * width, (i + 1) * rows * width)),
  )
}

function noLatent({ format, networks }: Checkpoint, path: string): MienError {
  if (format !== 'npz' && format !== 'npy' && format !== 'safetensors') {
    return new MienError('bad-file', `${path} is a checkpoint of a network, not a file of arrays.`, {
      file: path,
      hint: 'Give a projected_w.npz, or a file with the latent alone.',
    })
  }
  const held = networks.flatMap(({ weights }) => [...weights.keys()])
  const named = held.slice(0, 5).map((key) => `"${key}"`)
  return new MienError(
    'bad-file',
    `${path} has no latent: the key "w" is missing among ${named.join(', ')}.`,
    {
      file: path,
      name: 'w',
      hint: 'Give a projected_w.npz, or a file with the latent alone.',
    },
  )
}
