import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { writeNpz } from '../../src/engine/checkpoint/npz.ts'
import type { FloatTensor } from '../../src/engine/tensor.ts'
import { numbersOf, readNpzFile, relativeError } from './arrays.ts'
import {
  jsonOf,
  mien,
  temporaryFolder,
  tiny64,
  tiny64Models,
  tinyGenerator,
  tinyModels,
  tinyPictures,
} from './mien.ts'

const truth = readNpzFile(join(tiny64, 'objective.npz'))

/** Latent and noise of objective.npz as the files that evaluate takes. */
function inputs(folder: string, space: 'w' | 'wplus'): string[] {
  const noise: Record<string, FloatTensor> = {}
  for (const [name, stored] of truth) {
    if (name.startsWith('noise/')) noise[name.slice('noise/'.length)] = stored.float32()
  }
  writeFileSync(join(folder, 'w.npz'), writeNpz({ w: truth.get(`${space}/latent`)!.float32() }))
  writeFileSync(join(folder, 'noise.npz'), writeNpz(noise))
  return ['--latent', join(folder, 'w.npz'), '--noise', join(folder, 'noise.npz')]
}

describe.each(['w', 'wplus'] as const)('evaluate in %s', (space) => {
  test('gives the terms and gradients of the reference', async () => {
    const folder = temporaryFolder()
    const gradients = join(folder, 'gradients.npz')
    const finished = await mien([
      ...['evaluate', ...inputs(folder, space), ...tinyPictures, ...tiny64Models, '--json'],
      ...['--gradients', gradients],
    ])
    expect(finished.code).toBe(0)
    const terms = jsonOf<Record<string, number>>(finished)
    const names = { perceptual: 'perceptual', landmark: 'landmark', noiseReg: 'noise_reg', loss: 'loss' }
    for (const [name, key] of Object.entries(names)) {
      expect(Math.abs(terms[name]! / numbersOf(truth, `${space}/${key}`)[0]! - 1)).toBeLessThan(1e-4)
    }
    const found = readNpzFile(gradients)
    const noise = [...found.keys()].filter((name) => name.startsWith('noise/'))
    expect(noise).toHaveLength(9)
    expect(relativeError(numbersOf(found, 'latent'), numbersOf(truth, `${space}/grad_latent`))).toBeLessThan(
      1e-3,
    )
    for (const name of noise) {
      expect(relativeError(numbersOf(found, name), numbersOf(truth, `${space}/grad_${name}`))).toBeLessThan(
        1e-3,
      )
    }
  })
})

test("without noise the generator's own is used", async () => {
  const folder = temporaryFolder()
  const [, latent] = inputs(folder, 'w')
  const finished = await mien(['evaluate', '--latent', latent!, ...tinyPictures, ...tinyModels, '--json'])
  expect(jsonOf<Record<string, number>>(finished).noiseReg).toBeGreaterThan(0)
})

test('weights of zero leave the loss at zero', async () => {
  const zero = ['--landmark-weight', '0', '--lpips-weight', '0', '--noise-weight', '0']
  const args = ['evaluate', ...inputs(temporaryFolder(), 'w'), ...tinyPictures, ...tinyModels, ...zero]
  expect(jsonOf<Record<string, number>>(await mien([...args, '--json'])).loss).toBe(0)
})

test('the gradients for weights are those of double precision, and need no landmarks', async () => {
  const folder = temporaryFolder()
  const expected = readNpzFile(join(tiny64, 'weight_gradients.npz'))
  const latent = join(folder, 'w.npz')
  writeFileSync(latent, writeNpz({ w: expected.get('latent')!.float32() }))
  const path = join(folder, 'gradients.npz')
  const look = ['--look', join(tiny64, 'look.png'), '--no-align', ...tinyGenerator]
  const finished = await mien([
    ...['evaluate', '--latent', latent, ...look, '--weight-gradients', path, '--json'],
  ])
  expect(jsonOf<{ loss: number }>(finished).loss).toBeCloseTo(expected.get('loss')!.float32().data[0]!, 5)
  const found = readNpzFile(path)
  expect([...found.keys()].sort()).toEqual(
    [...expected.keys()].filter((name) => name.startsWith('gradient/')).sort(),
  )
  for (const name of found.keys()) {
    expect(relativeError(numbersOf(found, name), numbersOf(expected, name)), name).toBeLessThan(1e-4)
  }
  expect((await mien(['evaluate', '--latent', latent, ...look])).stderr).toContain('--landmarks')
})
