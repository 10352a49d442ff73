import { expect, test } from 'vitest'
import { latentStatistics } from '../../src/engine/projection/latent-statistics.ts'
import { openProjector } from '../../src/engine/projection/projector.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { fixtureNetworks, fixtureTargets } from './networks.ts'

test('a loss beyond float32 names the term that is too large, and blames no device', async () => {
  const runtime = onnxRuntime('cpu')
  const networks = fixtureNetworks('tiny64')
  const targets = await fixtureTargets(runtime, 'tiny64', networks)
  const statistics = await latentStatistics(runtime, networks.generator)
  const projector = await openProjector(runtime, networks, statistics, 'w', { threads: 1 })
  const random = new MersenneTwister(1)
  const weights = { ...referenceSettings.weights, landmark: 3e38 }
  const step = projector.step(projector.start(random), targets, { ...referenceSettings, weights }, random)
  await expect(step).rejects.toMatchObject({
    code: 'wrong-use',
    message: /^The loss is too large for the search: its term "landmark" is .* and weighs 3e\+38\.$/,
  })
  await projector.dispose()
})
