import { describe, expect, test } from 'vitest'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { mapLatents, synthesise } from '../../src/engine/network/stylegan2/generator.ts'
import { readGenerator } from '../../src/engine/network/stylegan2/generator-reading.ts'
import { floatTensor, relativeGap } from '../../src/engine/tensor.ts'
import { evaluate, numbersOf } from '../ort/run-graph.ts'
import { fixtureArray, fixtureNetwork } from './stored.ts'

const stored = fixtureNetwork('conditional/generator.pkl', 'G_ema')
const expected = (name: string) => fixtureArray('conditional/values.npz', name)
const row = (name: string, i: number) => {
  const { shape, data } = expected(name)
  const width = shape[1]!
  return floatTensor([1, width], data.slice(i * width, (i + 1) * width))
}

describe.each([0, 1, 2, 3])('the class of row %d', (i) => {
  const generator = readGenerator(stored, row('label', i).data.indexOf(1))

  test('maps z to w, with and without truncation', async () => {
    const b = createBuilder()
    const w = mapLatents(b, generator, b.input('z', [1, generator.zDim]))
    const average = b.constant(generator.mapping.average!, 'average')
    const truncated = b.add(average, b.mul(b.sub(w, average), 0.7))
    const found = await evaluate({ w, truncated }, { z: row('z', i) })
    expect(relativeGap(numbersOf(found.w), row('w', i).data)).toBeLessThan(1e-4)
    expect(relativeGap(numbersOf(found.truncated), row('w_truncated', i).data)).toBeLessThan(1e-4)
  })
})

test('draws the picture of the first', async () => {
  const b = createBuilder()
  const generator = readGenerator(stored)
  const latent = b.input('latent', [1, 1, generator.wDim])
  const noise = new Map(generator.noise.map(({ name, constant }) => [name, b.constant(constant, name)]))
  const image = synthesise(b, generator, latent, noise)
  const w = row('w', 0)
  const found = await evaluate({ image }, { latent: floatTensor([1, 1, generator.wDim], w.data) })
  expect(relativeGap(numbersOf(found.image), expected('image').data)).toBeLessThan(1e-4)
})

test('no z is mapped as long as no class was chosen, and none is that there is not', () => {
  const generator = readGenerator(stored)
  expect(generator.mapping.openClasses).toBe(3)
  const b = createBuilder()
  const z = b.input('z', [1, 32])
  const hint = expect.stringContaining('0 to 2')
  expect(() => mapLatents(b, generator, z)).toThrow(expect.objectContaining({ code: 'wrong-use', hint }))
  expect(() => readGenerator(stored, 3)).toThrow(expect.objectContaining({ code: 'wrong-use', hint }))
  const unconditional = fixtureNetwork('tiny64/generator.pkl', 'G_ema')
  expect(() => readGenerator(unconditional, 0)).toThrow(
    expect.objectContaining({ code: 'wrong-use', message: 'The generator has no classes.' }),
  )
})
