import { describe, expect, test } from 'vitest'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { mapLatents } from '../../src/engine/network/stylegan2/generator.ts'
import { firstLatent } from '../../src/engine/projection/first-latent.ts'
import { latentStatistics } from '../../src/engine/projection/latent-statistics.ts'
import { withParts } from '../../src/engine/projection/parts.ts'
import { project } from '../../src/engine/projection/projection.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import type { SearchState } from '../../src/engine/projection/snapshot.ts'
import { floatTensor, relativeGap } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { evaluate, numbersOf } from '../ort/run-graph.ts'
import { fixtureNetworks, fixturePicture } from './networks.ts'
import { fixtureArray } from './stored.ts'

const { generator } = fixtureNetworks('tiny64')
const average = fixtureArray('tiny64/networks.npz', 'w_avg')
const colours = floatTensor([1, 3, 8, 8], new Float32Array(192).fill(0.5))
const first = (settings: Partial<typeof referenceSettings>) =>
  withParts(undefined, (parts) => {
    const all = { ...referenceSettings, ...settings }
    return firstLatent(parts, onnxRuntime('cpu'), async () => generator, all, average, colours)
  })

/** w of the z that NVIDIA's generate.py draws for a seed. */
async function faceOf(seed: number): Promise<ArrayLike<number>> {
  const b = createBuilder()
  const w = mapLatents(b, generator, b.input('z', [1, generator.zDim]))
  const z = floatTensor([1, generator.zDim], new MersenneTwister(seed).normals(generator.zDim))
  return numbersOf((await evaluate({ w }, { z })).w)
}

const lengthOf = (from: ArrayLike<number>, to: ArrayLike<number>) =>
  Math.sqrt(Array.from(from).reduce((sum, x, i) => sum + (x - to[i]!) ** 2, 0))

describe('the first latent of a search', () => {
  test('is the average one to the bit without truncation', async () => {
    expect(await first({})).toBe(average)
    expect(await first({ startTruncation: 0, seed: 7 })).toBe(average)
  })

  test.each([0.3, 0.7, 1])('lies %s of the way from there to the face of the seed', async (psi) => {
    const face = await faceOf(303)
    const { shape, data } = await first({ startTruncation: psi, seed: 303 })
    expect(shape).toEqual([1, 1, 64])
    const wanted = Array.from(average.data, (c, i) => c + psi * (face[i]! - c))
    expect(relativeGap(data, wanted)).toBeLessThan(1e-5)
    expect(lengthOf(data, average.data) / lengthOf(face, average.data)).toBeCloseTo(psi, 4)
  })

  test('is another one with another seed, and the same with the same', async () => {
    const [one, same, other] = await Promise.all(
      [1, 1, 2].map((seed) => first({ startTruncation: 0.7, seed })),
    )
    expect(one!.data).toEqual(same!.data)
    // Two draws of W lie about 1.4 deviations apart, 6.7 each.
    expect(lengthOf(one!.data, other!.data)).toBeGreaterThan(2)
  })

  test('goes that way from the look’s colours too, where the search begins there', async () => {
    const near = await first({ start: 'nearest' })
    const face = await faceOf(303)
    const { data } = await first({ start: 'nearest', startTruncation: 0.5, seed: 303 })
    const wanted = Array.from(near.data, (c, i) => (c + face[i]!) / 2)
    expect(relativeGap(data, wanted)).toBeLessThan(1e-5)
  })

  test('stays that of a search which goes on', async () => {
    const [look, landmarks] = await Promise.all(
      ['look', 'landmarks'].map((name) => fixturePicture(`tiny64/${name}.png`)),
    )
    const setup = {
      runtime: onnxRuntime('cpu'),
      networks: async () => fixtureNetworks('tiny64'),
      pictures: { look: look!, landmarks: landmarks!, deviation: 1 },
      settings: { ...referenceSettings, steps: 2 },
    }
    const states: SearchState[] = []
    const { start } = await project(setup, { onState: (state) => states.push(state) })
    expect(states[0]!.start).toEqual((await latentStatistics(setup.runtime, generator)).average)
    const goOn = async (from: SearchState) => (await project({ ...setup, from })).start
    expect(await goOn(states[0]!)).toEqual(start)
    const elsewhere = await first({ startTruncation: 1, seed: 5 })
    expect(await goOn({ ...states[0]!, start: elsewhere })).not.toEqual(start)
  })
})
