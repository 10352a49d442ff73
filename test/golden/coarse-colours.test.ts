import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/engine/graph/backward.ts'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { serialise } from '../../src/engine/graph/onnx.ts'
import { coarseColours, colourDistance } from '../../src/engine/projection/coarse-colours.ts'
import { latentStatistics } from '../../src/engine/projection/latent-statistics.ts'
import { openProjector } from '../../src/engine/projection/projector.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { type FloatTensor, floatTensor } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { fixtureNetworks, fixtureTargets } from './networks.ts'
import { searched } from './searched.ts'

const runtime = onnxRuntime('cpu')
const size = 32
const shape = [1, 3, size, size] as const

/** Gives the distance of two pictures' coarse colours, the colours, and the gradient with respect to the first. */
async function openDistance() {
  const b = createBuilder()
  const picture = b.input('picture', shape)
  const colours = coarseColours(b, picture)
  const distance = colourDistance(b, colours, coarseColours(b, b.input('other', shape)))
  const [gradient] = gradients(b, distance, [picture])
  const session = await runtime.load(serialise({ colours, distance, gradient: gradient! }))
  return (picture: Float32Array, other: Float32Array) =>
    session.run({ picture: floatTensor(shape, picture), other: floatTensor(shape, other) })
}

const noise = (seed: number) =>
  new MersenneTwister(seed).normals(3 * size * size).map((draw) => 128 + 40 * draw)

describe('coarse colours', () => {
  test('are the means of the cells, as fractions', async () => {
    const picture = noise(1)
    const { colours } = await (await openDistance())(picture, picture)
    expect(colours!.shape).toEqual([1, 3, 8, 8])
    const [channel, row, column] = [1, 2, 5]
    let sum = 0
    for (let y = 0; y < 4; y++)
      for (let x = 0; x < 4; x++) sum += picture[(channel * size + 4 * row + y) * size + 4 * column + x]!
    expect(colours!.data[(channel * 8 + row) * 8 + column]).toBeCloseTo(sum / 16 / 255, 5)
  })

  test('are not moved by what is finer than a cell, and have the gradient that differences give', async () => {
    const read = await openDistance()
    const picture = noise(1)
    const swapped = picture.slice()
    swapped[0] = picture[1]!
    swapped[1] = picture[0]!
    expect(Number((await read(picture, swapped)).distance!.data[0])).toBeLessThan(1e-12)

    const [other, along] = [noise(2), noise(3)]
    const { data } = (await read(picture, other)).gradient as FloatTensor
    const slope = data.reduce((sum, g, i) => sum + g * along[i]!, 0)
    const value = async (h: number) => {
      const { distance } = await read(
        picture.map((x, i) => x + h * along[i]!),
        other,
      )
      return Number(distance!.data[0])
    }
    // The distance is quadratic: central differences are exact with any step.
    expect(((await value(1)) - (await value(-1))) / 2 / slope).toBeCloseTo(1, 3)
  })

  test('come nearer to those of the look in a search that asks for it', async () => {
    const networks = fixtureNetworks('tiny64')
    const targets = await fixtureTargets(runtime, 'tiny64', networks)
    const statistics = await latentStatistics(runtime, networks.generator)
    const extra = { colour: true }
    const projector = await openProjector(runtime, networks, statistics, 'w', { threads: 1, extra })
    const ended = async (colour: number) => {
      const weights = { ...referenceSettings.weights, colour }
      return (await searched(projector, targets, { ...referenceSettings, seed: 1, steps: 40, weights }))
        .metrics
    }
    const [free, held] = [await ended(0), await ended(300)]
    await projector.dispose()
    expect(held.colour).toBeLessThan(0.7 * free.colour!)
  })
})
