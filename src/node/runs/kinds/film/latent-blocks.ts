import { join } from 'node:path'
import { landmarkCount } from '../../../../engine/face/landmark-groups.ts'
import { type FloatTensor, floatTensor } from '../../../../engine/tensor.ts'
import { readFilmArrays, rowsOf, rowTensor } from '../../../drivers/film-arrays.ts'
import { npzBytes } from '../../../host/array-files.ts'
import { exists, filesInFolder, makeFolder, writeFileAtomic } from '../../../host/files.ts'
import { serial } from '../../../host/serial.ts'
import { sha256 } from '../../../host/sha256.ts'

/** Frames that are written together. */
const usualBlock = 64

const blockName = /^\d{6}\.npz$/

/** What a frame was searched for, and from. */
export interface FrameAim {
  /** 68 x (x, y). */
  readonly target: Float32Array
  /** The latent of the frame before, where the search begins at that. */
  readonly before?: FloatTensor | undefined
}

/** What was found for a frame. */
export interface FoundLatent {
  readonly latent: FloatTensor
  /** How far it is from what it was searched for, see `AnimatedFrame`; blocks of an older Mien do not tell it. */
  readonly error: number | undefined
  /** The steps of each search for it, of which this is the best that came. */
  readonly tries: readonly number[]
}
export type NewLatent = FoundLatent & { readonly error: number }

/** The latents that were found for a film's frames, by what they were searched for. */
export interface LatentBlocks {
  /** What was found for that last; undefined where nothing was. */
  find(aim: FrameAim): FoundLatent | undefined
  /** Keeps what was found; it is on the disk once its block is full, or `flush` is over. */
  add(aim: FrameAim, found: NewLatent): void
  /** Writes what is left. Throws MienError 'unwritable', also what came of earlier writing. */
  flush(): Promise<void>
}

/**
 * Opens the blocks of a folder. A frame depends on its aim, on the steps of each search for it, and on what is the same for all frames of
 * a film; so whatever else is changed, frames with the same aim are found again. Throws MienError 'bad-file'.
 *
 * @param steps of the first search for a frame
 * @param size frames that are written together
 */
export async function openLatentBlocks(
  folder: string,
  steps: number,
  size = usualBlock,
): Promise<LatentBlocks> {
  const names = ((await exists(folder)) ? await filesInFolder(folder) : [])
    .filter((name) => blockName.test(name))
    .sort()
  const { find, keep } = latentMap()
  for (const name of names) {
    for (const frame of await readBlock(join(folder, name), steps)) keep(frame)
  }
  const inTurn = serial()
  let next = names.length === 0 ? 0 : Number.parseInt(names.at(-1)!, 10) + 1
  let pending: NewFrame[] = []
  let broken: { readonly error: unknown } | undefined

  function write(): void {
    const block = pending
    if (block.length === 0) return
    pending = []
    const path = join(folder, `${String(next++).padStart(6, '0')}.npz`)
    const written = async () => {
      await makeFolder(folder)
      await writeFileAtomic(path, blockBytes(block))
    }
    inTurn(written).catch((error: unknown) => {
      broken ??= { error }
    })
  }

  return {
    find,
    add(aim, latent) {
      const frame = { ...frameKey(aim), ...latent }
      keep(frame)
      // Those of a block were searched alike.
      if (pending.length > 0 && !isSame(pending[0]!.tries, frame.tries)) write()
      pending.push(frame)
      if (pending.length === size) write()
    },
    async flush() {
      write()
      await inTurn(() => undefined)
      if (broken !== undefined) throw broken.error
    },
  }
}

/** What others have found, and with it what is added here: that is never written. */
export function passingBlocks(others: Pick<LatentBlocks, 'find'>): LatentBlocks {
  const { find, keep } = latentMap()
  return {
    find: (aim) => find(aim) ?? others.find(aim),
    add: (aim, latent) => keep({ ...frameKey(aim), ...latent }),
    flush: async () => undefined,
  }
}

function latentMap(): Pick<LatentBlocks, 'find'> & { readonly keep: (frame: KeptFrame) => void } {
  const found = new Map<string, FoundLatent>()
  return {
    find: (aim) => found.get(keyOf(frameKey(aim))),
    keep({ latent, error, tries, ...frame }) {
      const key = keyOf(frame)
      if (tries.length >= (found.get(key)?.tries.length ?? 0)) found.set(key, { latent, error, tries })
    },
  }
}

/** A frame as a block has it. */
interface FrameKey {
  readonly target: Float32Array
  /** SHA-256 of the latent of the frame before, in hexadecimal. */
  readonly before: string | undefined
}
type KeptFrame = FrameKey & FoundLatent
type NewFrame = FrameKey & NewLatent

function isSame(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((value, i) => value === other[i])
}

function frameKey({ target, before }: FrameAim): FrameKey {
  return { target, before: before && hashOf(before.data) }
}

function keyOf({ target, before = '' }: FrameKey): string {
  return `${hashOf(target)}${before}`
}

/** Of targets and latents, which nobody changes: those of a whole film are looked up again and again while it is searched. */
const hashes = new WeakMap<Float32Array, string>()

function hashOf(values: Float32Array): string {
  const known = hashes.get(values)
  if (known !== undefined) return known
  const hash = sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
  hashes.set(values, hash)
  return hash
}

const hashBytes = 32

function blockBytes(block: readonly NewFrame[]): Uint8Array {
  const { latent, tries } = block[0]!
  const [, rows, wDim] = latent.shape as [number, number, number]
  const hashes = block.flatMap(({ before }) => (before === undefined ? [] : [before]))
  return npzBytes({
    steps: { dtype: 'int32', shape: tries.length === 1 ? [] : [tries.length], data: Int32Array.from(tries) },
    targets: rowTensor(
      block.map(({ target }) => target),
      landmarkCount,
      2,
    ),
    latents: rowTensor(
      block.map(({ latent }) => latent.data),
      rows,
      wDim,
    ),
    errors: { dtype: 'float32', shape: [block.length], data: Float32Array.from(block, ({ error }) => error) },
    ...(hashes.length > 0 && {
      before: {
        dtype: 'uint8',
        shape: [hashes.length, hashBytes],
        data: Uint8Array.from(Buffer.from(hashes.join(''), 'hex')),
      },
    }),
  })
}

/** Nothing of one whose frames took another number of steps at first. */
function readBlock(path: string, steps: number): Promise<readonly KeptFrame[]> {
  return readFilmArrays(path, 'latents of a film', ({ has, read, shapeOf, require }) => {
    const ofSteps = shapeOf('steps')
    require(ofSteps.length <= 1, 'steps')
    const tries = [...read('steps', 'int32', ofSteps)]
    if (tries[0] !== steps) return []
    const shape = shapeOf('latents')
    require(shape.length === 3, 'latents')
    const [count, rows, wDim] = shape as [number, number, number]
    const targets = rowsOf(read('targets', 'float32', [count, landmarkCount, 2]), 2 * landmarkCount)
    const latents = rowsOf(read('latents', 'float32', shape), rows * wDim)
    const hashes = has('before') ? Buffer.from(read('before', 'uint8', [count, hashBytes])) : undefined
    const errors = has('errors') ? read('errors', 'float32', [count]) : undefined
    return targets.map((target, i) => ({
      ...{ target, tries, error: errors?.[i] },
      before: hashes?.subarray(i * hashBytes, (i + 1) * hashBytes).toString('hex'),
      latent: floatTensor([1, rows, wDim], latents[i]!),
    }))
  })
}
