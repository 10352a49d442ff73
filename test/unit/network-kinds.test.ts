import { expect, test } from 'vitest'
import { floatTensor } from '../../src/engine/tensor.ts'
import type { StoredNetwork } from '../../src/engine/weights.ts'
import type { OpenModelFile } from '../../src/node/worker/model-files.ts'
import { findKind, generatorIn } from '../../src/node/worker/networks.ts'

/** A network of tensors of one element. */
function network(name: string, ...tensors: readonly string[]): StoredNetwork {
  const tensor = floatTensor([1], [1])
  const stored = { dtype: 'float32', shape: tensor.shape, read: () => tensor, float32: () => tensor } as const
  return { name, weights: new Map(tensors.map((tensor) => [tensor, stored])), init: {} }
}

function file(...networks: readonly StoredNetwork[]): OpenModelFile {
  return { path: '/x.pkl', name: 'x.pkl', size: 1, sha256: '', checkpoint: { format: 'pickle', networks } }
}

test('of several generators the averaged one is taken, whoever named it and wherever it lies', () => {
  const mark = 'synthesis.b4.conv1.weight'
  for (const name of ['G_ema', 'g_ema', 'models.g_ema']) {
    const opened = [file(network('G', mark), network(name, mark), network('other', mark))]
    expect(findKind(opened, 'generator')!.name).toBe(name)
  }
  expect(findKind([file(network('', mark))], 'generator')!.name).toBe('')
})

test('StyleGAN3 is refused by its name', () => {
  const opened = [file(network('G_ema', 'synthesis.input.affine.weight', 'mapping.fc0.weight'))]
  expect(() => generatorIn(opened)).toThrow(
    expect.objectContaining({
      code: 'unsupported-model',
      message: 'x.pkl holds a generator of StyleGAN3 (config T or R).',
      hint: expect.stringContaining('--cfg=stylegan2'),
    }),
  )
})
