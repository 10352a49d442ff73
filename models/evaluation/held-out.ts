import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { resizeLanczos } from '../../src/engine/picture/lanczos.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'

/** A portrait that no training saw. */
export interface Portrait {
  readonly image: Image
  /** 68 x (x, y) in pixels, exact. */
  readonly points: Float32Array
  /** The latent that the generator was taught to draw it from. */
  readonly z: Float32Array
}

export interface Pair {
  readonly look: Portrait
  readonly landmarks: Portrait
}

interface StoredPortrait {
  readonly file: string
  readonly points: readonly (readonly [number, number])[]
  readonly z: readonly number[]
}

const pathOf = (name: string) => fileURLToPath(new URL(`./${name}`, import.meta.url))

/** The landmark network that judges results: trained from another seed, never part of a projection. */
export const judgeFile = pathOf('judge-fan.safetensors')

async function readPortrait({ file, points, z }: StoredPortrait, size: number): Promise<Portrait> {
  const image = await sharpCodec.decode(await readFile(pathOf(file)), file)
  return {
    image: resizeLanczos(image, size, size),
    points: Float32Array.from(points.flat(), (x) => (x * size) / image.width),
    z: Float32Array.from(z),
  }
}

/** The pairs of held-out portraits, at the size of the generator. */
export async function heldOutPairs(count: number, size: number): Promise<readonly Pair[]> {
  const { pairs } = JSON.parse(await readFile(pathOf('pairs.json'), 'utf8')) as {
    readonly pairs: readonly { readonly look: StoredPortrait; readonly landmarks: StoredPortrait }[]
  }
  return Promise.all(
    pairs.slice(0, count).map(async ({ look, landmarks }) => ({
      look: await readPortrait(look, size),
      landmarks: await readPortrait(landmarks, size),
    })),
  )
}
