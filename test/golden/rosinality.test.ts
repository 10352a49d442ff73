import { describe, expect, test } from 'vitest'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { inKnownForms } from '../../src/engine/network/stylegan2/forms.ts'
import { mapLatents, synthesise } from '../../src/engine/network/stylegan2/generator.ts'
import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { relativeGap } from '../../src/engine/tensor.ts'
import { evaluate, numbersOf } from '../ort/run-graph.ts'
import { fixtureArray, fixtureNetworks } from './stored.ts'

/** Each form, the name of its generator, and whether it keeps the average latent. */
const files = [
  ['converted.pt', 'g_ema', true],
  ['training.pt', 'g_ema', false],
  ['encoder4editing.pt', 'state_dict.decoder', true],
] as const

const expected = (name: string) => fixtureArray('rosinality/values.npz', name)

describe.each(files)('the generator of rosinality in %s', (file, name, hasAverage) => {
  const networks = inKnownForms(fixtureNetworks(`rosinality/${file}`))
  const generator = readGenerator(networks.find((network) => network.name === name)!)
  const noise = (b: ReturnType<typeof createBuilder>) =>
    new Map(generator.noise.map(({ name, constant }) => [name, b.constant(constant, name)]))

  test('maps z to w', async () => {
    const b = createBuilder()
    const w = mapLatents(b, generator, b.input('z', [3, generator.zDim]))
    const found = await evaluate({ w }, { z: expected('z') })
    expect(relativeGap(numbersOf(found.w), expected('w').data)).toBeLessThan(1e-4)
  })

  test('draws the picture of its values', async () => {
    const b = createBuilder()
    const latent = b.input('latent', [1, generator.latentCount, generator.wDim])
    const image = synthesise(b, generator, latent, noise(b))
    const found = await evaluate({ image }, { latent: expected('latents') })
    expect(relativeGap(numbersOf(found.image), expected('image').data)).toBeLessThan(1e-4)
  })

  test('draws what truncation leaves of a latent', async () => {
    const b = createBuilder()
    const w = mapLatents(b, generator, b.input('z', [3, generator.zDim]))
    const third = b.slice(w, { axis: 0, start: 2, end: 3 })
    const average = b.constant(expected('average'), 'average')
    const truncated = b.add(average, b.mul(b.sub(third, average), 0.7))
    const latent = b.reshape(truncated, { shape: [1, 1, generator.wDim] })
    const image = synthesise(b, generator, latent, noise(b))
    const found = await evaluate({ image }, { z: expected('z') })
    expect(relativeGap(numbersOf(found.image), expected('image_truncated').data)).toBeLessThan(1e-4)
  })

  test('has the average latent where the file keeps one', () => {
    const { average } = generator.mapping
    if (hasAverage) expect(average!.data).toEqual(expected('average').data)
    else expect(average).toBeUndefined()
  })
})

describe('a file of rosinality without noise maps', () => {
  const [stored] = fixtureNetworks('rosinality/converted.pt').filter(({ name }) => name === 'g_ema')
  const [whole] = inKnownForms([stored!])
  const without = (left: RegExp) => {
    const weights = new Map([...stored!.weights].filter(([name]) => !left.test(name)))
    return inKnownForms([{ ...stored!, weights }])[0]!
  }

  test('draws as the whole one does without noise, says so, and has maps for a search', async () => {
    const generator = readGenerator(without(/^noises\./))
    const full = readGenerator(whole!)
    expect(generator.noise.map(({ name, shape }) => [name, shape])).toEqual(
      full.noise.map(({ name, shape }) => [name, shape]),
    )
    const b = createBuilder()
    const latent = b.input('latent', [1, generator.latentCount, generator.wDim])
    const maps = new Map(generator.noise.map(({ name, constant }) => [name, b.constant(constant, name)]))
    const inputs = { latent: expected('latents') }
    const { image, bare } = await evaluate(
      { image: synthesise(b, generator, latent, maps), bare: synthesise(b, full, latent, undefined) },
      inputs,
    )
    expect(relativeGap(numbersOf(image), numbersOf(bare))).toBeLessThan(1e-6)
    expect(relativeGap(numbersOf(image), expected('image').data)).toBeGreaterThan(1e-3)
    expect(generator.remarks).toEqual([expect.stringContaining('keeps no noise maps')])
    expect(full.remarks).toEqual([])
  })

  test('is refused by rosinality’s name where it has some of them', () => {
    expect(() => readGenerator(without(/^noises\.noise_3$/))).toThrow(
      expect.objectContaining({
        code: 'unsupported-model',
        message: 'The generator has noise maps, but not "noises.noise_3".',
        hint: expect.stringContaining('state_dict()'),
      }),
    )
    expect(() => readGenerator(without(/^noises\.noise_0$/))).toThrow(/"noises.noise_0"/)
  })
})
