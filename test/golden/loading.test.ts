import { beforeAll, describe, expect, test } from 'vitest'
import { project } from '../../src/engine/projection/projection.ts'
import { type ProjectionSettings, referenceSettings } from '../../src/engine/projection/settings.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { fixtureNetworks, fixturePicture } from './networks.ts'

describe('a search loads its networks', () => {
  let look: Image
  let landmarks: Image
  beforeAll(async () => {
    look = await fixturePicture('tiny64/look.png')
    landmarks = await fixturePicture('tiny64/landmarks.png')
  })

  /** How often they had been loaded at each step, and at the end. */
  async function loadings(settings: Partial<ProjectionSettings>, changedLook: boolean): Promise<number[]> {
    let loaded = 0
    const counts: number[] = []
    await project(
      {
        runtime: onnxRuntime('cpu'),
        async networks() {
          loaded++
          return fixtureNetworks('tiny64')
        },
        pictures: { look, landmarks, named: async () => ({ image: landmarks }) },
        settings: { ...referenceSettings, steps: 8, ...settings },
        options: { threads: 1 },
        changes: changedLook ? [{ step: 2, change: { kind: 'look', picture: 'other' } }] : [],
      },
      {
        onStep: () => counts.push(loaded),
        isPreviewDue: (step) => step === 1,
        onPreview: () => undefined,
        shouldStop: () => counts.length >= 4,
      },
    )
    return [...counts, loaded]
  }

  test('once, where its steps draw what is shown', async () => {
    expect(await loadings({}, false)).toEqual([1, 1, 1, 1, 1])
  })

  test('once more to draw what it has found, after a step, and to see another picture', async () => {
    expect(await loadings({ live: true }, true)).toEqual([1, 2, 3, 3, 3])
  })
})
