import { expect, test } from 'vitest'
import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { fixtureNetwork, fixtureNetworks } from './stored.ts'

test('a module that PTI saved by torch.save is a generator with all that NVIDIA keeps of it', () => {
  const [saved, ...others] = fixtureNetworks('forms/model_ABCDEF_face.pt')
  expect(others).toEqual([])
  const { weights, init } = fixtureNetwork('tiny64/generator.pkl', 'G_ema')
  expect([...saved!.weights.keys()]).toEqual([...weights.keys()])
  expect(saved!.init._modules).toEqual(init._modules)
  const generator = readGenerator(saved!)
  expect(generator).toMatchObject({ resolution: 64, wDim: 64, zDim: 64, latentCount: 10, remarks: [] })
  expect(generator.blocks.map(({ clamp }) => clamp)).toEqual([256, 256, 256, 256, 256])
})
