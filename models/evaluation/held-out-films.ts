import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { weight } from '../../src/engine/weights.ts'

/** Frames a second. */
export const filmRate = 25

/** A drawn film that nothing was learned from; landmarks are exact, 68 x (x, y), the eyes about 62 apart. */
export interface HeldOutFilm {
  /** The look at rest, and as its picture among the held-out pairs has it. */
  readonly resting: Float32Array
  readonly look: Float32Array
  /** Another face in each frame. */
  readonly driver: readonly Float32Array[]
  /** The look making its movements. */
  readonly truth: readonly Float32Array[]
}

const path = fileURLToPath(new URL('./films.safetensors', import.meta.url))

/** The films that `models/training/shapes.py` drew. */
export async function heldOutFilms(): Promise<readonly HeldOutFilm[]> {
  const { weights } = openCheckpoint(memorySource(new Uint8Array(await readFile(path)), 'films')).networks[0]!
  const rows = (name: string) => {
    const { shape, data } = weight(weights, name)
    const faces = Array.from({ length: data.length / 136 }, (_, i) => data.subarray(136 * i, 136 * (i + 1)))
    return { shape, faces }
  }
  const [resting, looks, drivers, truths] = ['resting', 'looks', 'drivers', 'truths'].map(rows)
  const frames = drivers!.shape[1]!
  return looks!.faces.map((look, i) => ({
    resting: resting!.faces[i]!,
    look,
    driver: drivers!.faces.slice(i * frames, (i + 1) * frames),
    truth: truths!.faces.slice(i * frames, (i + 1) * frames),
  }))
}
