import { join } from 'node:path'
import {
  type FilmDirections,
  type LinearStarts,
  linearStarts,
} from '../../../../engine/animation/film-directions.ts'
import type { FloatTensor } from '../../../../engine/tensor.ts'
import type { AnimateParameters, KnownFirstFrame } from '../../../engine/animate-messages.ts'
import { recoveryFolder } from '../../record/run-files.ts'
import { readKnown, writeDirections, writeFirstFrame } from './first-frame-file.ts'
import { type LatentBlocks, openLatentBlocks, passingBlocks } from './latent-blocks.ts'

/** What was found for the film of a run so far. While it is searched for that grows, in memory and behind it on the disk. */
export interface FilmMemory {
  readonly known: AnimateParameters['known']
  readonly blocks: LatentBlocks
  /** What is drawn of a frame: what was found for it, else from where its search begins; undefined before that is known. */
  latentFor(target: Float32Array): FloatTensor | undefined
  /** Keeps the first frame, and the landmarks that it was searched for. Throws MienError 'unwritable'. */
  keepFirst(found: KnownFirstFrame, target: Float32Array): Promise<void>
  /** Throws MienError 'unwritable'. */
  keepDirections(directions: FilmDirections): Promise<void>
}

/**
 * Reads what the folder of a run keeps. Throws MienError 'bad-file'.
 *
 * @param steps of the first search for a frame
 * @param firstTarget of a film whose frames are searched one from the other: what its first frame is to be searched for
 */
export async function openFilmMemory(
  runFolder: string,
  steps: number,
  firstTarget?: Float32Array,
): Promise<FilmMemory> {
  const folder = join(runFolder, recoveryFolder)
  // Of a sequence all that comes after a frame depends on it, and a frame may take minutes.
  const blocks = await openLatentBlocks(join(folder, 'frames'), steps, firstTarget && 1)
  let known = await readKnown(folder, firstTarget)
  let starts = startsOf(known)
  return {
    blocks,
    get known() {
      return known
    },
    latentFor: (target) => blocks.find({ target })?.latent ?? starts?.at(target),
    keepFirst(firstFrame, target) {
      known = { firstFrame }
      return writeFirstFrame(folder, firstFrame, target)
    },
    keepDirections(directions) {
      known = known && { ...known, directions }
      starts = startsOf(known)
      return writeDirections(folder, directions)
    },
  }
}

const passing = new WeakMap<FilmMemory, FilmMemory>()

/** What a memory has found and what came to it in passing, which is kept for as long as that is held and never written. */
export function passingMemory(memory: FilmMemory): FilmMemory {
  const before = passing.get(memory)
  if (before !== undefined) return before
  const blocks = passingBlocks(memory.blocks)
  const made: FilmMemory = {
    blocks,
    get known() {
      return memory.known
    },
    latentFor: (target) => blocks.find({ target })?.latent ?? memory.latentFor(target),
    keepFirst: async () => undefined,
    keepDirections: async () => undefined,
  }
  passing.set(memory, made)
  return made
}

function startsOf(known: FilmMemory['known']): LinearStarts | undefined {
  return known?.directions && linearStarts(known.firstFrame.latent, known.directions)
}
