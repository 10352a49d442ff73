import { expect, test } from 'vitest'
import { noiseByName } from '../../src/engine/projection/noise.ts'
import { weightInputs } from '../../src/engine/projection/projector.ts'
import { type LatentSpace, referenceSettings } from '../../src/engine/projection/settings.ts'
import { buildEvaluationGraph } from '../../src/engine/projection/step-graph.ts'
import { targetInputs } from '../../src/engine/projection/targets.ts'
import type { NamedTensors } from '../../src/engine/runtime.ts'
import { type FloatTensor, floatTensor, relativeGap, type Tensor } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { full } from '../full.ts'
import { fixtureNetworks, fixtureTargets } from '../golden/networks.ts'
import { fixtureArray } from '../golden/stored.ts'
import { numbersOf } from '../ort/run-graph.ts'
import { describeOnDevices } from './devices.ts'

const file = 'tiny64/objective.npz'

/**
 * What W gives is among what W+ gives: the same graph, with a latent for every layer. A driver that computes on the
 * processor compiles the gradients for minutes, so they are sampled op by op in ops.test.ts.
 */
const spaces: readonly (readonly [space: LatentSpace, prefix: string])[] = [
  ['w+', 'wplus'],
  ...(full ? ([['w', 'w']] as const) : []),
]

await describeOnDevices('the objective of tiny64, equal to the reference', (device) => {
  const networks = fixtureNetworks('tiny64')
  const maps = networks.generator.noise.flatMap(({ name }) => [...fixtureArray(file, `noise/${name}`).data])

  test.each(spaces)(
    `in %s: terms${full ? ' and gradients' : ''}`,
    { timeout: 600_000 },
    async (space, prefix) => {
      // From the processor: what a device does for the targets, the objective asks of it again.
      const targets = await fixtureTargets(onnxRuntime('cpu'), 'tiny64', networks)
      const fixed = {
        latent: fixtureArray(file, `${prefix}/latent`),
        noise: floatTensor([maps.length], maps),
        ...targetInputs(targets),
      }
      const session = await onnxRuntime(device).load(buildEvaluationGraph(networks, space, full).model)
      const evaluate = (noiseReg: number) => {
        const { weights, groupWeights } = referenceSettings
        const inputs: NamedTensors = {
          ...fixed,
          ...weightInputs({ weights: { ...weights, noiseReg }, groupWeights }),
        }
        return session.run(Object.fromEntries(session.inputNames.map((name) => [name, inputs[name]!])))
      }
      const compare = (found: Tensor | undefined, name: string) =>
        expect(
          relativeGap(numbersOf(found), fixtureArray(file, `${prefix}/${name}`).data),
          name,
        ).toBeLessThan(1e-3)
      const compareNoise = (flat: Tensor | undefined, gradient: string) => {
        const found = Object.entries(noiseByName(networks.generator.noise, flat as FloatTensor))
        for (const [name, map] of found) compare(map, `${gradient}/${name}`)
      }

      const whole = await evaluate(referenceSettings.weights.noiseReg)
      compare(whole.image, 'image')
      compare(whole.perceptual, 'perceptual')
      compare(whole.landmark, 'landmark')
      compare(whole.noiseReg, 'noise_reg')
      compare(whole.loss, 'loss')
      if (!full) return session.dispose()
      compare(whole['gradient.latent'], 'grad_latent')
      compareNoise(whole['gradient.noise'], 'grad_noise')
      // The regularisation is so heavy that it hides what the picture asks of the noise.
      const image = await evaluate(0)
      compareNoise(image['gradient.noise'], 'grad_noise_image')
      await session.dispose()
    },
  )
})
