import { join } from 'node:path'
import type { FilmDirections } from '../../../../engine/animation/film-directions.ts'
import { MienError } from '../../../../engine/errors.ts'
import { landmarkCount } from '../../../../engine/face/landmark-groups.ts'
import { type FloatTensor, floatTensor, type Tensor } from '../../../../engine/tensor.ts'
import type { AnimateParameters, KnownFirstFrame } from '../../../engine/animate-messages.ts'
import { npzBytes, readArrays, withArrays } from '../../../host/array-files.ts'
import { exists, writeFileAtomic } from '../../../host/files.ts'

const files = { first: 'first-frame.npz', directions: 'directions.npz' } as const
const prints = ['settings', 'models', 'pictures'] as const
const noisePrefix = 'noise/'

/** Keeps the first frame of a film, and the landmarks that it was searched for. Throws MienError 'unwritable'. */
export function writeFirstFrame(
  folder: string,
  { latent, noise, fingerprint }: KnownFirstFrame,
  target: Float32Array,
): Promise<void> {
  const hashes = prints.map((name): [string, Tensor] => [
    name,
    { dtype: 'uint8', shape: [32], data: Uint8Array.from(Buffer.from(fingerprint[name], 'hex')) },
  ])
  const maps = Object.entries(noise).map(([name, map]) => [`${noisePrefix}${name}`, map] as const)
  const aim = floatTensor([landmarkCount, 2], target)
  const bytes = npzBytes({ latent, target: aim, ...Object.fromEntries(maps), ...Object.fromEntries(hashes) })
  return writeFileAtomic(join(folder, files.first), bytes)
}

/** Keeps how what is drawn responds about it. Throws MienError 'unwritable'. */
export function writeDirections(folder: string, directions: FilmDirections): Promise<void> {
  return writeFileAtomic(join(folder, files.directions), npzBytes({ ...directions }))
}

/**
 * What was found so far; undefined before the first frame. Throws MienError 'bad-file'.
 *
 * @param target where only a first frame that was searched for these landmarks is one
 */
export async function readKnown(folder: string, target?: Float32Array): Promise<AnimateParameters['known']> {
  const path = join(folder, files.first)
  if (!(await exists(path))) return undefined
  const firstFrame = await withArrays(path, (weights): KnownFirstFrame | undefined => {
    const aim = weights.get('target')?.float32().data
    if (target?.some((value, i) => value !== aim?.[i])) return undefined
    const hash = (name: string) =>
      Buffer.from((weights.get(name) ?? refuse(path, name)).read().data as Uint8Array)
    const [settings, models, pictures] = prints.map((name) => hash(name).toString('hex'))
    const noise: Record<string, FloatTensor> = {}
    for (const [name, stored] of weights) {
      if (name.startsWith(noisePrefix)) noise[name.slice(noisePrefix.length)] = stored.float32()
    }
    const latent = (weights.get('latent') ?? refuse(path, 'latent')).float32()
    return { latent, noise, fingerprint: { settings: settings!, models: models!, pictures: pictures! } }
  })
  if (firstFrame === undefined) return undefined
  const directions = await readDirections(join(folder, files.directions))
  return { firstFrame, ...(directions && { directions }) }
}

async function readDirections(path: string): Promise<FilmDirections | undefined> {
  if (!(await exists(path))) return undefined
  const arrays = await readArrays(path)
  const array = (name: string) => arrays[name] ?? refuse(path, name)
  return { directions: array('directions'), seen: array('seen'), response: array('response') }
}

function refuse(path: string, name: string): never {
  throw new MienError('bad-file', `${path} is damaged: "${name}" is missing.`, {
    file: path,
    name,
    hint: 'Make the film anew, into another folder.',
  })
}
