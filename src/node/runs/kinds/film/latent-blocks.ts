import { join } from 'node:path'
import { landmarkCount } from '../../../../engine/face/landmark-groups.ts'
import { type FloatTensor, floatTensor } from '../../../../engine/tensor.ts'
import { readFilmArrays, rowsOf, rowTensor } from '../../../drivers/film-arrays.ts'
import { npzBytes } from '../../../host/array-files.ts'
import { filesInFolder, makeFolder, writeFileAtomic } from '../../../host/files.ts'
import { serial } from '../../../host/serial.ts'
import { sha256 } from '../../../host/sha256.ts'

/** Frames that are written together. */
const blockFrames = 64

const blockName = /^\d{6}\.npz$/

/** The latents that were found for a film's frames, by the landmarks that they were searched for. */
export interface LatentBlocks {
  /** What was found for those, 68 x (x, y); undefined where nothing was. */
  find(target: Float32Array): FloatTensor | undefined
  /** Keeps what was found; it is on the disk once its block is full, or `flush` is over. */
  add(target: Float32Array, latent: FloatTensor): void
  /** Writes what is left. Throws MienError 'unwritable', also what came of earlier writing. */
  flush(): Promise<void>
}

/**
 * Opens the blocks of a folder. A frame depends on its target, on the steps that it takes, and on what is the same for all frames of a film;
 * so whatever else is changed, frames with the same landmarks are found again. Throws MienError 'bad-file', 'unwritable'.
 */
export async function openLatentBlocks(folder: string, steps: number): Promise<LatentBlocks> {
  await makeFolder(folder)
  const names = (await filesInFolder(folder)).filter((name) => blockName.test(name)).sort()
  const found = new Map<string, FloatTensor>()
  for (const name of names) {
    for (const [target, latent] of await readBlock(join(folder, name), steps))
      found.set(keyOf(target), latent)
  }
  const inTurn = serial()
  let next = names.length === 0 ? 0 : Number.parseInt(names.at(-1)!, 10) + 1
  let pending: (readonly [Float32Array, FloatTensor])[] = []
  let broken: { readonly error: unknown } | undefined

  function write(): void {
    const block = pending
    if (block.length === 0) return
    pending = []
    const path = join(folder, `${String(next++).padStart(6, '0')}.npz`)
    inTurn(() => writeFileAtomic(path, blockBytes(block, steps))).catch((error: unknown) => {
      broken ??= { error }
    })
  }

  return {
    find: (target) => found.get(keyOf(target)),
    add(target, latent) {
      found.set(keyOf(target), latent)
      pending.push([target, latent])
      if (pending.length === blockFrames) write()
    },
    async flush() {
      write()
      await inTurn(() => undefined)
      if (broken !== undefined) throw broken.error
    },
  }
}

function keyOf({ buffer, byteOffset, byteLength }: Float32Array): string {
  return sha256(new Uint8Array(buffer, byteOffset, byteLength))
}

function blockBytes(block: readonly (readonly [Float32Array, FloatTensor])[], steps: number): Uint8Array {
  const [, rows, wDim] = block[0]![1].shape as [number, number, number]
  const targets = block.map(([target]) => target)
  const latents = block.map(([, { data }]) => data)
  return npzBytes({
    steps: { dtype: 'int32', shape: [], data: Int32Array.of(steps) },
    targets: rowTensor(targets, landmarkCount, 2),
    latents: rowTensor(latents, rows, wDim),
  })
}

/** Nothing of one whose frames took another number of steps. */
function readBlock(path: string, steps: number): Promise<readonly (readonly [Float32Array, FloatTensor])[]> {
  return readFilmArrays(path, 'latents of a film', ({ read, shapeOf, require }) => {
    if (read('steps', 'int32', [])[0] !== steps) return []
    const shape = shapeOf('latents')
    require(shape.length === 3, 'latents')
    const [count, rows, wDim] = shape as [number, number, number]
    const targets = rowsOf(read('targets', 'float32', [count, landmarkCount, 2]), 2 * landmarkCount)
    const latents = rowsOf(read('latents', 'float32', shape), rows * wDim)
    return targets.map((target, i) => [target, floatTensor([1, rows, wDim], latents[i]!)] as const)
  })
}
