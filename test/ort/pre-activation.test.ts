import { expect, test } from 'vitest'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { block, readBlock } from '../../src/engine/network/fan/block.ts'
import { floatTensor, type Shape, sizeOf } from '../../src/engine/tensor.ts'
import type { StoredTensor } from '../../src/engine/weights.ts'
import { evaluate, numbersOf } from './run-graph.ts'
import { seededRandom } from './samples.ts'

const random = seededRandom(5)

function stored(shape: Shape, numbers?: readonly number[]): StoredTensor {
  const tensor = floatTensor(shape, numbers ?? Array.from({ length: sizeOf(shape) }, () => 2 * random() - 1))
  return { dtype: 'float32', shape, read: () => tensor, float32: () => tensor }
}

test('normalisations with negative, vanishing and zero scales are exact', async () => {
  const weights = new Map<string, StoredTensor>()
  const sizes = [
    [4, 4],
    [2, 4],
    [1, 2],
    [1, 1],
  ] as const
  for (const place of [1, 2, 3] as const) {
    const [outputs, inputs] = sizes[place]!
    const kernel = Array.from({ length: outputs * inputs * 9 }, (_, i) =>
      i % 9 === 4 ? 2 * random() - 1 : 0,
    )
    weights.set(`block.conv${place}.weight`, stored([outputs, inputs, 3, 3], kernel))
    const scales = [0.5, -2, 0, 1e-9].slice(0, inputs)
    weights.set(`block.bn${place}.weight`, stored([inputs], scales))
    weights.set(`block.bn${place}.bias`, stored([inputs]))
    weights.set(`block.bn${place}.running_mean`, stored([inputs]))
    weights.set(
      `block.bn${place}.running_var`,
      stored(
        [inputs],
        Array.from(scales, () => 1 - 1e-5),
      ),
    )
  }
  const numbers = (name: string) => weights.get(`block.${name}`)!.float32().data
  const x = [0.3, -0.7, 1.1, -0.2]
  const layer = (place: number, input: readonly number[]) => {
    const [outputs] = sizes[place]!
    const active = input.map((value, c) => {
      const centred = (value - numbers(`bn${place}.running_mean`)[c]!) * numbers(`bn${place}.weight`)[c]!
      return Math.max(0, centred + numbers(`bn${place}.bias`)[c]!)
    })
    const kernel = numbers(`conv${place}.weight`)
    return Array.from({ length: outputs }, (_, o) =>
      active.reduce((sum, value, c) => sum + value * kernel[(o * input.length + c) * 9 + 4]!, 0),
    )
  }
  const first = layer(1, x)
  const second = layer(2, first)
  const expected = [...first, ...second, ...layer(3, second)]

  const b = createBuilder()
  const read = readBlock(weights, 'block', 4)
  expect(read.outputs).toBe(4)
  const y = block(b, b.input('x', [1, 4, 1, 1]), read)
  const found = numbersOf((await evaluate({ y }, { x: floatTensor([1, 4, 1, 1], x) })).y)
  for (const [c, value] of expected.entries()) expect(found[c]).toBeCloseTo(value + x[c]!, 5)
})
