import { describe, expect, test } from 'vitest'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { type Fan, heatMaps, readFan } from '../../src/engine/network/fan/fan.ts'
import { type FloatTensor, floatTensor, relativeGap } from '../../src/engine/tensor.ts'
import type { StoredTensor, Weights } from '../../src/engine/weights.ts'
import { evaluate, numbersOf } from '../ort/run-graph.ts'
import { fixtureArray, fixtureWeights } from './stored.ts'

/** (x - min) / max of the shifted picture. */
function landmarkInput({ shape, data }: FloatTensor): FloatTensor {
  const least = data.reduce((a, x) => Math.min(a, x), Number.POSITIVE_INFINITY)
  const most = data.reduce((a, x) => Math.max(a, x), Number.NEGATIVE_INFINITY)
  return floatTensor(
    shape,
    data.map((x) => (x - least) / (most - least)),
  )
}

async function run(fan: Fan, input: FloatTensor, modules?: number) {
  const b = createBuilder()
  const maps = heatMaps(b, fan, b.input('image', input.shape), modules)
  const results = await evaluate({ maps }, { image: input })
  return { shape: maps.shape, numbers: numbersOf(results.maps) }
}

const picture = landmarkInput(fixtureArray('tiny64/networks.npz', 'fan_input'))

describe('FAN', () => {
  test.each(['fan.pth', 'fan-legacy.pth.tar', 'fan-torchscript.zip'])(
    'gives the heat maps of tiny64/%s',
    async (file) => {
      const fan = readFan(fixtureWeights(`tiny64/${file}`))
      expect(fan.modules).toHaveLength(2)
      expect(fan.features).toBe(32)
      for (const [name, modules] of [
        ['fan_heatmaps', 2],
        ['fan_heatmaps_first', 1],
      ] as const) {
        const { shape, numbers } = await run(fan, picture, modules)
        expect(shape).toEqual([1, 68, 64, 64])
        expect(relativeGap(numbers, fixtureArray('tiny64/networks.npz', name).data), name).toBeLessThan(1e-4)
      }
    },
  )

  test('reads another width and one module', async () => {
    const fan = readFan(fixtureWeights('tiny512/fan.pth'))
    expect(fan.modules).toHaveLength(1)
    expect(fan.features).toBe(16)
    const { shape, numbers } = await run(fan, picture)
    expect(shape).toEqual([1, 68, 64, 64])
    expect(numbers.every(Number.isFinite)).toBe(true)
  })
})

function replaced(numbers: readonly number[]): StoredTensor {
  const tensor = floatTensor([numbers.length], numbers)
  return { dtype: 'float32', shape: tensor.shape, read: () => tensor, float32: () => tensor }
}

describe('a FAN that does not fit is refused by the tensor', () => {
  const stored = fixtureWeights('tiny512/fan.pth')
  const changed = (name: string, tensor?: StoredTensor): Weights => {
    const copy = new Map(stored)
    copy.delete(name)
    if (tensor !== undefined) copy.set(name, tensor)
    return copy
  }

  test.each([
    'conv1.weight',
    'bn1.running_var',
    'conv4.downsample.2.weight',
    'm0.b2_plus_1.bn3.bias',
    'l0.weight',
  ])('without %s', (name) => {
    expect(() => readFan(changed(name))).toThrow(
      expect.objectContaining({ code: 'unsupported-model', place: { name } }),
    )
  })

  test.each(['bn_end0.weight', 'm0.b3_2.bn2.running_mean', 'top_m_0.conv2.weight'])(
    'with %s of another shape',
    (name) => {
      expect(() => readFan(changed(name, replaced([1, 2, 3])))).toThrow(
        expect.objectContaining({ code: 'unsupported-model', place: { name } }),
      )
    },
  )
})
