import { expect, test } from 'vitest'
import type { RecordedChange } from '../../src/engine/projection/changes.ts'
import { project } from '../../src/engine/projection/projection.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { readSnapshot, type SearchState, writeSnapshot } from '../../src/engine/projection/snapshot.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { fixtureNetworks, fixturePicture } from './networks.ts'

test('a search that settles ends on the same bits when it is taken up again on the way', async () => {
  const search = {
    runtime: onnxRuntime('cpu'),
    networks: async () => fixtureNetworks('tiny64'),
    pictures: {
      look: await fixturePicture('tiny64/look.png'),
      landmarks: await fixturePicture('tiny64/landmarks.png'),
    },
    settings: { ...referenceSettings, steps: 320, seed: 5, live: true },
    options: { threads: 1 },
  }
  const changes: readonly RecordedChange[] = [{ step: 10, change: { kind: 'settle', after: 0 } }]
  const states: SearchState[] = []
  const whole = await project({ ...search, changes }, { onState: (state) => states.push(state) })
  expect(whole.stopped).toBe(false)
  // At least the ramp and two windows of the loss, at most what finishing costs.
  expect(whole.steps).toBeGreaterThanOrEqual(10 + 60)
  expect(whole.steps).toBeLessThanOrEqual(10 + 80)
  const fingerprint = { settings: 'a', models: 'b', pictures: 'c' }
  // In the rest, where the losses before decide, and on the way down after it.
  for (const left of [45, whole.steps - 5]) {
    const state = states.find(({ projection }) => projection.step === left)!
    const from = readSnapshot(writeSnapshot({ ...state, fingerprint }), 'snapshot')
    const again = await project({ ...search, from })
    expect([again.steps, again.metrics]).toEqual([whole.steps, whole.metrics])
    expect(again.latent).toEqual(whole.latent)
  }
})
