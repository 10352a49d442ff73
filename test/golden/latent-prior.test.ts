import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/engine/graph/backward.ts'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { serialise } from '../../src/engine/graph/onnx.ts'
import { buildLatentPrior, latentPrior } from '../../src/engine/projection/latent-prior.ts'
import { latentStatistics, mapLatentBatch } from '../../src/engine/projection/latent-statistics.ts'
import { extraTerms } from '../../src/engine/projection/objective.ts'
import { openProjector } from '../../src/engine/projection/projector.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { type FloatTensor, floatTensor } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { fixtureNetworks, fixtureTargets } from './networks.ts'
import { searched } from './searched.ts'

const runtime = onnxRuntime('cpu')
const networks = fixtureNetworks('tiny64')
const { generator } = networks
const { wDim } = generator

/** Gives the prior of latents [1, rows, w_dim] and its gradient. */
async function openPrior(rows: number) {
  const b = createBuilder()
  const latent = b.input('latent', [1, rows, wDim])
  const prior = buildLatentPrior(b, await latentPrior(runtime, generator), latent)
  const [gradient] = gradients(b, prior, [latent])
  const session = await runtime.load(serialise({ prior, gradient: gradient! }))
  return async (data: Float32Array) => {
    const found = await session.run({ latent: floatTensor([1, rows, wDim], data) })
    return { prior: Number(found.prior!.data[0]), gradient: (found.gradient as FloatTensor).data }
  }
}

describe('the latent prior', () => {
  test('is about 1 over fresh latents of the mapping, and far more for noise of their size', async () => {
    const count = 500
    const z = floatTensor([count, generator.zDim], new MersenneTwister(7).normals(count * generator.zDim))
    const { data } = await mapLatentBatch(runtime, generator, z)
    const read = await openPrior(count)
    const { prior } = await read(data)
    expect(prior).toBeGreaterThan(0.8)
    expect(prior).toBeLessThan(1.2)

    const { average, deviation } = await latentStatistics(runtime, generator)
    const size = deviation / Math.sqrt(wDim)
    const noise = new MersenneTwister(8).normals(count * wDim)
    const astray = noise.map((draw, i) => average.data[i % wDim]! + size * draw)
    expect((await read(astray)).prior).toBeGreaterThan(2 * prior)
  })

  test('has the gradient that central differences give', async () => {
    const read = await openPrior(2)
    const random = new MersenneTwister(9)
    // Away from the kink at 0; between kinks the prior is quadratic, and a large step costs no accuracy.
    const at = random.normals(2 * wDim).map((x) => x + 0.3 * Math.sign(x))
    const along = random.normals(2 * wDim).map((x) => Math.max(-1, Math.min(1, x)))
    const { gradient } = await read(at)
    const slope = gradient.reduce((sum, g, i) => sum + g * along[i]!, 0)
    const h = 0.2
    const value = async (step: number) => (await read(at.map((x, i) => x + step * along[i]!))).prior
    const difference = ((await value(h)) - (await value(-h))) / (2 * h)
    expect(Math.abs(slope - difference) / Math.abs(difference)).toBeLessThan(1e-3)
  })

  test('is a term of a search that asks for it, and of no other', async () => {
    const targets = await fixtureTargets(runtime, 'tiny64', networks)
    const statistics = await latentStatistics(runtime, generator)
    const ended = async (prior?: number) => {
      const weights = { ...referenceSettings.weights, ...(prior !== undefined && { prior }) }
      const settings = { ...referenceSettings, seed: 1, steps: 40, weights }
      const extra = await extraTerms(runtime, networks, settings)
      const projector = await openProjector(runtime, networks, statistics, 'w', { threads: 1, extra })
      const { metrics } = await searched(projector, targets, settings)
      await projector.dispose()
      return metrics
    }
    expect(await ended()).not.toHaveProperty('prior')
    const free = await ended(0)
    const held = await ended(10)
    expect(held.prior).toBeLessThan(0.5 * free.prior!)
  })
})
