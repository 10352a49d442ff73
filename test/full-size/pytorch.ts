import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { termsApart } from '../bench/terms-apart.ts'
import { type CommandLineFigures, pixelsOf, writePixels } from './command-line.ts'
import { type Ended, run } from './program.ts'

const scriptOf = (name: string) => join(import.meta.dirname, name)

/** Why that Python cannot do what is asked of it; undefined where it can. */
export function lackOf(python: string): string | undefined {
  try {
    execFileSync(python, ['-c', 'import torch, numpy'], { stdio: 'ignore' })
    return undefined
  } catch {
    return (
      `${python} has no PyTorch with NumPy, by which the networks of this test are written.\n` +
      'Install them (pip install torch numpy), or name another Python with --python.'
    )
  }
}

/** Writes the networks at a resolution, and the judges where they are not there yet, into a folder. */
export function writeSet(python: string, size: number, threads: number, folder: string): Promise<Ended> {
  return run(python, [scriptOf('write_set.py'), String(size), String(threads), folder])
}

export interface PytorchFigures {
  /** From the start to the picture of a latent. */
  readonly picture: Ended
  /** A search; `reached` is its first step. */
  readonly search: Ended & { readonly steps: readonly number[] }
  /** The largest difference of the three terms from Mien's, relative. */
  readonly termError: number
  /** The largest difference of the pictures, in levels of 255. */
  readonly pictureError: number
}

/** Levels of 255: values that lie between two levels are rounded either way. */
const pictureTolerance = 2

/** The same in PyTorch, on the same files. Throws where pictures or terms differ from Mien's. */
export async function measurePytorch(
  python: string,
  size: number,
  threads: number,
  set: string,
  { folder, terms }: CommandLineFigures,
): Promise<PytorchFigures> {
  await writePixels(folder)
  const script = (what: string, until?: string) =>
    run(
      python,
      [scriptOf('pytorch_search.py'), String(size), String(threads), set, what, folder],
      until === undefined ? {} : { until },
    )
  const picture = await script('picture')
  const [mine, theirs] = [
    await pixelsOf(join(folder, '..', 'render.png')),
    readFileSync(join(folder, 'pytorch.rgb')),
  ]
  assert.equal(mine.length, theirs.length)
  const pictureError = mine.reduce((most, level, i) => Math.max(most, Math.abs(level - theirs[i]!)), 0)
  assert(pictureError <= pictureTolerance, `pictures differ by ${pictureError} of 255`)

  const search = await script('search', '"step": 1')
  const lines = search.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const steps = lines.flatMap(({ step, seconds }) => (step > 1 ? [seconds as number] : []))
  const found = lines.at(-1).terms as CommandLineFigures['terms']
  const termError = termsApart(found, terms)
  return { picture, search: { ...search, steps }, termError, pictureError }
}
