import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { memorySource } from '../../src/engine/checkpoint/byte-source.ts'
import { openCheckpoint } from '../../src/engine/checkpoint/open.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import { writeLatentForm } from '../../src/node/cli/latent-forms.ts'
import { readLatent } from '../../src/node/runs/kinds/projection/latent-file.ts'

const latent = floatTensor([1, 3, 2], [0.5, -1, 2, 3, 4, 1e-7])

test.each([
  ['npy', 'projected_w.npy', 'npy', ''],
  ['pt', 'projected_w.pt', 'torch-zip', ''],
  ['dlatents', 'projected_dlatents.npz', 'npz', 'dlatents'],
] as const)('%s is a file of that kind, and reads back to the bit', async (form, name, format, key) => {
  const folder = mkdtempSync(join(tmpdir(), 'mien-latent-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const path = await writeLatentForm(folder, latent, form)
  expect(path).toBe(join(folder, name))
  const checkpoint = openCheckpoint(memorySource(new Uint8Array(readFileSync(path)), name))
  expect(checkpoint.format).toBe(format)
  expect([...checkpoint.networks[0]!.weights.keys()]).toEqual([key])
  expect(await readLatent(path)).toEqual(latent)
})
