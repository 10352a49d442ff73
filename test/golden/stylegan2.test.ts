import { describe, expect, test } from 'vitest'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { judge } from '../../src/engine/network/stylegan2/discriminator.ts'
import { mapLatents, synthesise } from '../../src/engine/network/stylegan2/generator.ts'
import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { latentStatistics } from '../../src/engine/projection/latent-statistics.ts'
import { floatTensor, relativeGap } from '../../src/engine/tensor.ts'
import { type StoredTensor, weight } from '../../src/engine/weights.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { evaluate, numbersOf } from '../ort/run-graph.ts'
import { fixtureDiscriminator, sizes } from './networks.ts'
import { fixtureArray, fixtureNetwork } from './stored.ts'

describe.each(sizes)('StyleGAN2 of %s', (size) => {
  const generator = readGenerator(fixtureNetwork(`${size}/generator.pkl`, 'G_ema'))
  const expected = (name: string) => fixtureArray(`${size}/networks.npz`, name)
  const gap = (found: Parameters<typeof numbersOf>[0], name: string) =>
    relativeGap(numbersOf(found), expected(name).data)

  test('maps z to w, with and without truncation', async () => {
    const b = createBuilder()
    const z = b.input('z', [4, generator.zDim])
    const latents = mapLatents(b, generator, z)
    const average = b.constant(generator.mapping.average!, 'average')
    const truncated = b.add(average, b.mul(b.sub(latents, average), 0.7))
    const found = await evaluate({ latents, truncated }, { z: expected('z') })
    expect(gap(found.latents, 'w')).toBeLessThan(1e-4)
    expect(gap(found.truncated, 'w_trunc07')).toBeLessThan(1e-4)
  })

  test('finds the average latent and its deviation', async () => {
    const { average, deviation } = await latentStatistics(onnxRuntime('cpu'), generator)
    expect(relativeGap(average.data, expected('w_avg').data)).toBeLessThan(1e-4)
    expect(relativeGap([deviation], expected('w_std').data)).toBeLessThan(1e-4)
  })

  test('synthesises the picture, and the discriminator judges it', async () => {
    const b = createBuilder()
    const latent = b.input('latent', [1, generator.latentCount, generator.wDim])
    const noise = new Map(generator.noise.map(({ name, constant }) => [name, b.constant(constant, name)]))
    const picture = synthesise(b, generator, latent, noise)
    const logit = judge(b, fixtureDiscriminator(size), picture)
    const without = synthesise(b, generator, latent, undefined)
    const found = await evaluate({ picture, logit, without }, { latent: expected('w_plus') })
    expect(gap(found.picture, 'image_w_plus')).toBeLessThan(1e-4)
    expect(gap(found.logit, 'd_logits')).toBeLessThan(1e-4)
    if (size === 'tiny64') expect(gap(found.without, 'image_no_noise')).toBeLessThan(1e-4)
  })

  test('draws the same where its weights are inputs to be trained, by the names of the checkpoint', async () => {
    const stored = fixtureNetwork(`${size}/generator.pkl`, 'G_ema').weights
    const b = createBuilder({ trained: (name) => name.startsWith('synthesis.') })
    const latent = b.input('latent', [1, generator.latentCount, generator.wDim])
    const noise = new Map(generator.noise.map(({ name, constant }) => [name, b.constant(constant, name)]))
    const picture = synthesise(b, generator, latent, noise)
    const names = b.values.filter(({ source }) => source.kind === 'input').map(({ name }) => name)
    const parameters = names.filter((name) => name !== 'latent')
    const trainable = [...stored.keys()].filter((name) =>
      /^synthesis\..*\.(weight|bias|const|noise_strength)$/.test(name),
    )
    expect(new Set(parameters)).toEqual(new Set(trainable))
    const weights = Object.fromEntries(parameters.map((name) => [name, weight(stored, name)]))
    const found = await evaluate({ picture }, { latent: expected('w_plus'), ...weights })
    expect(gap(found.picture, 'image_w_plus')).toBeLessThan(1e-4)
  })
})

describe('a generator that does not fit is refused by the tensor', () => {
  const stored = fixtureNetwork('tiny64/generator.pkl', 'G_ema')
  const changed = (name: string, numbers?: readonly number[]) => {
    const weights = new Map(stored.weights)
    weights.delete(name)
    if (numbers !== undefined) {
      const tensor = floatTensor([numbers.length], numbers)
      const replaced: StoredTensor = {
        dtype: 'float32',
        shape: tensor.shape,
        read: () => tensor,
        float32: () => tensor,
      }
      weights.set(name, replaced)
    }
    return { ...stored, weights }
  }

  test.each([
    'synthesis.b4.const',
    'synthesis.b8.conv0.affine.weight',
    'synthesis.b64.torgb.bias',
    'synthesis.b16.conv1.noise_strength',
  ])('without %s', (name) => {
    expect(() => readGenerator(changed(name))).toThrow(
      expect.objectContaining({ code: 'unsupported-model', place: expect.objectContaining({ name }) }),
    )
  })

  test.each(['synthesis.b32.conv0.weight', 'mapping.fc1.weight', 'synthesis.b8.resample_filter'])(
    'with %s of another shape',
    (name) => {
      expect(() => readGenerator(changed(name, [1, 2, 3]))).toThrow(
        expect.objectContaining({ code: 'unsupported-model', place: expect.objectContaining({ name }) }),
      )
    },
  )
})
