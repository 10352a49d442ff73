import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/engine/graph/backward.ts'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import {
  perceptualFeatures,
  readVggLpips,
  type VggLpips,
} from '../../src/engine/network/vgg-lpips/vgg-lpips.ts'
import { type FloatTensor, floatTensor, relativeGap } from '../../src/engine/tensor.ts'
import type { Weights } from '../../src/engine/weights.ts'
import { evaluate, numbersOf } from '../ort/run-graph.ts'
import { fixtureArray, fixtureWeights } from './stored.ts'

/** The distance of two pictures, and its gradient for the first. */
async function distance(model: VggLpips, first: FloatTensor, second: FloatTensor) {
  const b = createBuilder()
  const a = b.input('a', first.shape)
  const others = perceptualFeatures(b, model, b.input('b', second.shape))
  const total = perceptualFeatures(b, model, a)
    .map((feature, tap) => b.sub(feature, others[tap]!))
    .map((difference) => b.reduceSum(b.mul(difference, difference), { keep: false }))
    .reduce((x, y) => b.add(x, y))
  const [slope] = gradients(b, total, [a])
  const results = await evaluate({ total, slope: slope! }, { a: first, b: second })
  return { total: numbersOf(results.total)[0]!, slope: numbersOf(results.slope) }
}

const a = fixtureArray('tiny64/networks.npz', 'lpips_a')
const b = fixtureArray('tiny64/networks.npz', 'lpips_b')

const forms: Readonly<Record<string, readonly string[]>> = {
  'vgg16.pth and lpips.pth': ['vgg16.pth', 'lpips.pth'],
  'lpips.pth and vgg16.pth': ['lpips.pth', 'vgg16.pth'],
  'vgg16-lpips.pt': ['vgg16-lpips.pt'],
}

function fixtureModel(folder: string, files: readonly string[]): VggLpips {
  return readVggLpips(files.map((file) => fixtureWeights(`${folder}/${file}`)))
}

describe('VGG16-LPIPS', () => {
  test.each(Object.entries(forms))('gives the distance with tiny64: %s', async (_, files) => {
    const { total } = await distance(fixtureModel('tiny64', files), a, b)
    expect(relativeGap([total], fixtureArray('tiny64/networks.npz', 'lpips_ab').data)).toBeLessThan(1e-4)
  })

  test('every form of tiny512 gives the same distance', async () => {
    const found: number[] = []
    for (const files of Object.values(forms))
      found.push((await distance(fixtureModel('tiny512', files), a, b)).total)
    expect(new Set(found).size).toBe(1)
    expect(fixtureModel('tiny512', forms['vgg16-lpips.pt']!).linear.map(({ shape }) => shape)).toEqual([
      [4],
      [8],
      [16],
      [32],
      [32],
    ])
  })

  test('a picture is at no distance of itself, with no gradient', async () => {
    const { total, slope } = await distance(fixtureModel('tiny64', forms['vgg16-lpips.pt']!), a, a)
    // The runtime arranges the two branches differently, so their roundings differ.
    expect(total).toBeLessThan(1e-12)
    expect(slope.every((entry) => Math.abs(entry) < 1e-8)).toBe(true)
  })

  test.each([0, 127.5, 255])('a picture of one colour, %d, gives finite numbers', async (level) => {
    const plain = floatTensor(a.shape, new Float32Array(a.data.length).fill(level))
    const { total, slope } = await distance(fixtureModel('tiny64', forms['vgg16-lpips.pt']!), plain, b)
    expect(Number.isFinite(total)).toBe(true)
    expect(slope.every(Number.isFinite)).toBe(true)
  })

  test('a network without a single active feature gives finite gradients', async () => {
    const model = fixtureModel('tiny512', forms['vgg16-lpips.pt']!)
    const dead = {
      ...model,
      convolutions: model.convolutions.map(({ weight, bias }) => ({
        weight: floatTensor(weight.shape, new Float32Array(weight.data.length)),
        bias: floatTensor(
          bias.shape,
          bias.data.map(() => -1),
        ),
      })),
    }
    const { total, slope } = await distance(dead, a, b)
    expect(total).toBe(0)
    expect(slope.every((entry) => entry === 0)).toBe(true)
  })
})

describe('a perceptual network that does not fit is refused by the tensor', () => {
  const vgg = fixtureWeights('tiny512/vgg16.pth')
  const lpips = fixtureWeights('tiny512/lpips.pth')
  const without = (weights: Weights, name: string) => new Map([...weights].filter(([key]) => key !== name))

  test.each([
    ['features.12.weight', () => readVggLpips([without(vgg, 'features.12.weight'), lpips])],
    ['features.28.bias', () => readVggLpips([without(vgg, 'features.28.bias'), lpips])],
    ['lin3.model.1.weight', () => readVggLpips([vgg, without(lpips, 'lin3.model.1.weight')])],
    ['lin0.model.1.weight', () => readVggLpips([vgg])],
    ['lin0.model.1.weight', () => readVggLpips([vgg, fixtureWeights('tiny64/lpips.pth')])],
    [
      'features.2.weight',
      () => readVggLpips([new Map([...vgg, ['features.2.weight', vgg.get('features.7.weight')!]]), lpips]),
    ],
  ])('%s', (name, read) => {
    expect(read).toThrow(expect.objectContaining({ code: 'unsupported-model', place: { name } }))
  })
})
