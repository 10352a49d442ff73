import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { crop } from '../../src/engine/picture/crop.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { weight } from '../../src/engine/weights.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'

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

/** Frames of the truth that are there as pictures: every so many. */
export const picturedEvery = 6

/** The pictures of a film's truth: squares in which the head moves, those of the face at rest. */
export interface DrawnTruth {
  readonly resting: Image
  readonly frames: readonly Image[]
}

/** Pixels of a picture's side. */
const pictureSide = 256

const fileOf = (name: string) => readFile(fileURLToPath(new URL(`./${name}`, import.meta.url)))

/** The films that `models/training/shapes.py` drew. */
export async function heldOutFilms(): Promise<readonly HeldOutFilm[]> {
  const bytes = new Uint8Array(await fileOf('films.safetensors'))
  const { weights } = openCheckpoint(memorySource(bytes, 'films')).networks[0]!
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

/** What the painter made of the truth of each of these films. */
export async function drawnTruths(): Promise<readonly DrawnTruth[]> {
  const sheet = await sharpCodec.decode(await fileOf('films.webp'), 'films.webp')
  return Array.from({ length: sheet.height / pictureSide }, (_, row) => {
    const [resting, ...frames] = Array.from({ length: sheet.width / pictureSide }, (_, column) =>
      crop(sheet, column * pictureSide, row * pictureSide, pictureSide, pictureSide),
    )
    return { resting: resting!, frames }
  })
}
