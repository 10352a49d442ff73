import { expect, test } from 'vitest'
import { noiseByName } from '../../src/engine/projection/noise.ts'
import { weightInputs } from '../../src/engine/projection/projector.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { buildEvaluationGraph, type LatentSpace } from '../../src/engine/projection/step-graph.ts'
import { targetInputs } from '../../src/engine/projection/targets.ts'
import type { NamedTensors } from '../../src/engine/runtime.ts'
import { type FloatTensor, floatTensor, relativeGap } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { fixtureNetworks, fixtureTargets } from '../golden/networks.ts'
import { fixtureArray } from '../golden/stored.ts'
import { numbersOf } from '../ort/run-graph.ts'
import { describeOnDevices } from './devices.ts'

const file = 'tiny64/objective.npz'

await describeOnDevices('the objective of tiny64, equal to the reference', (device) => {
  const networks = fixtureNetworks('tiny64')
  const maps = networks.generator.noise.flatMap(({ name }) => [...fixtureArray(file, `noise/${name}`).data])

  test.each([
    ['w', 'w'],
    ['w+', 'wplus'],
  ] as const)('in %s: terms and gradients', { timeout: 600_000 }, async (space: LatentSpace, prefix) => {
    const { weights, groupWeights } = referenceSettings
    const session = await onnxRuntime(device).load(buildEvaluationGraph(networks, space, true).model)
    const evaluate = async (noiseReg: number) => {
      const inputs: NamedTensors = {
        latent: fixtureArray(file, `${prefix}/latent`),
        noise: floatTensor([maps.length], maps),
        ...targetInputs(await fixtureTargets(onnxRuntime(device), 'tiny64', networks)),
        ...weightInputs({ weights: { ...weights, noiseReg }, groupWeights }),
      }
      return session.run(Object.fromEntries(session.inputNames.map((name) => [name, inputs[name]!])))
    }
    const gap = (found: readonly number[] | Float32Array, name: string) =>
      relativeGap(found, fixtureArray(file, `${prefix}/${name}`).data)

    const found = await evaluate(weights.noiseReg)
    for (const [term, name] of Object.entries({
      perceptual: 'perceptual',
      landmark: 'landmark',
      loss: 'loss',
    })) {
      expect(gap(numbersOf(found[term]), name), term).toBeLessThan(1e-3)
    }
    expect(gap(numbersOf(found['gradient.latent']), 'grad_latent')).toBeLessThan(1e-3)
    const image = await evaluate(0)
    const gradients = noiseByName(networks.generator.noise, image['gradient.noise'] as FloatTensor)
    for (const [name, { data }] of Object.entries(gradients)) {
      expect(gap(data, `grad_noise_image/${name}`), name).toBeLessThan(1e-3)
    }
    await session.dispose()
  })
})
