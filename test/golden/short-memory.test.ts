import { beforeAll, describe, expect, test } from 'vitest'
import type { RecordedChange } from '../../src/engine/projection/changes.ts'
import { type ProjectionHooks, project } from '../../src/engine/projection/projection.ts'
import { type ProjectionSettings, referenceSettings } from '../../src/engine/projection/settings.ts'
import type { SearchState } from '../../src/engine/projection/snapshot.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { fixtureNetworks, fixturePicture } from './networks.ts'

const runtime = onnxRuntime('cpu')
const networks = fixtureNetworks('tiny64')
const usual: ProjectionSettings = { ...referenceSettings, steps: 40 }
const short: ProjectionSettings = { ...usual, shortMemory: true }

let pictures: { readonly look: Image; readonly landmarks: Image }
beforeAll(async () => {
  pictures = {
    look: await fixturePicture('tiny64/look.png'),
    landmarks: await fixturePicture('tiny64/landmarks.png'),
  }
})

async function bitsOf(
  settings: ProjectionSettings,
  more: { from?: SearchState; changes?: readonly RecordedChange[] } = {},
  hooks: ProjectionHooks = {},
) {
  const setup = {
    runtime,
    networks: async () => networks,
    pictures,
    settings,
    options: { threads: 1 },
    ...more,
  }
  const { latent, noise, metrics } = await project(setup, hooks)
  return { latent, noise, metrics }
}

describe('a search with a short memory', () => {
  let through: Awaited<ReturnType<typeof bitsOf>>
  const states: SearchState[] = []
  beforeAll(async () => {
    through = await bitsOf(short, {}, { onState: (state) => states.push(state) })
  })

  test('comes further in as many steps than with the usual one', async () => {
    const later = await bitsOf(usual)
    expect(through.metrics.perceptual).toBeLessThan(later.metrics.perceptual)
  })

  test('goes on to the same bits from wherever it stood', async () => {
    expect(await bitsOf(short, { from: states[24]! })).toEqual(through)
  })

  test('ends on the same bits in a live run that follows its schedule', async () => {
    const changes: readonly RecordedChange[] = [{ step: 0, change: { kind: 'finish', after: 30 } }]
    expect(await bitsOf({ ...short, live: true }, { changes })).toEqual(through)
  })
})
