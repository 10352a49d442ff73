import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { drawnHeatMaps } from '../../src/engine/face/drawn-heat-maps.ts'
import { heatMapPoints } from '../../src/engine/face/heat-map-points.ts'
import type { Change } from '../../src/engine/projection/changes.ts'
import { courseOf } from '../../src/engine/projection/course.ts'
import { faceCrop, openFaceDescriber } from '../../src/engine/projection/identity.ts'
import { latentStatistics } from '../../src/engine/projection/latent-statistics.ts'
import { extraTerms } from '../../src/engine/projection/objective.ts'
import { openProjector } from '../../src/engine/projection/projector.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { targetFinder } from '../../src/engine/projection/target-finder.ts'
import { targetsOf } from '../../src/engine/projection/targets.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { searchFingerprint } from '../../src/node/engine/search-fingerprint.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { loadFaceRecognition, recognitionHashes } from '../../src/node/worker/face-networks.ts'
import { loadNetworks } from '../../src/node/worker/networks.ts'
import { fixtureNetworks, fixturePicture } from './networks.ts'
import { searched } from './searched.ts'

const runtime = onnxRuntime('cpu')
const recognition = await loadFaceRecognition()
const networks = { ...fixtureNetworks('tiny64'), recognition }
const { resolution } = networks.generator
const pictures = {
  look: await fixturePicture('tiny64/look.png'),
  landmarks: await fixturePicture('tiny64/landmarks.png'),
}
const files = {
  generator: [{ path: fixture('generator.pkl') }],
  landmarks: [{ path: fixture('fan.pth') }],
  perceptual: [{ path: fixture('vgg16.pth') }, { path: fixture('lpips.pth') }],
}

function fixture(name: string): string {
  return join(import.meta.dirname, '..', 'fixtures', 'tiny64', name)
}

/** Landmarks of a face of that size in the middle of the square, its points on three small circles. */
function pointsAround(size: number): Float32Array {
  return Float32Array.from({ length: 136 }, (_, i) => {
    const landmark = Math.floor(i / 2)
    const [x, y] = landmark < 42 ? [-0.2, -0.2] : landmark < 48 ? [0.2, -0.2] : [0, 0.2]
    const angle = 2 * Math.PI * (landmark / 6)
    return i % 2 === 0 ? 0.5 + size * (x + 0.05 * Math.cos(angle)) : 0.5 + size * (y + 0.05 * Math.sin(angle))
  })
}

async function descriptorOf(image: Image, points: ArrayLike<number>) {
  const describer = await openFaceDescriber(runtime, recognition, resolution)
  const descriptor = await describer.describe(image, points)
  await describer.dispose()
  return descriptor
}

describe('the identity as a term', () => {
  test('is loaded, and part of the fingerprint, only if it is asked for', async () => {
    const without = await loadNetworks(files, { prior: 1 })
    expect(without.networks).not.toHaveProperty('recognition')
    expect(without.hashes).not.toHaveProperty('recognition')
    const withIt = await loadNetworks(files, { identity: 0 })
    expect(withIt.networks.recognition?.blocks).toHaveLength(14)
    expect(withIt.hashes.recognition).toEqual(recognitionHashes)
    const picture = { name: 'x', bytes: new Uint8Array(1), alignment: 'none' } as const
    const [a, b] = [without, withIt].map(({ hashes }) =>
      searchFingerprint(referenceSettings, hashes, picture, picture),
    )
    expect(a!.models).not.toBe(b!.models)
  })

  test('draws a search to the face of the look', async () => {
    const points = pointsAround(1)
    const targets = await targetsOf(runtime, networks, {
      ...pictures,
      drawnMaps: drawnHeatMaps(points, 1.5),
      lookPoints: points,
    })
    const statistics = await latentStatistics(runtime, networks.generator, 500)
    const ended = async (identity: number) => {
      const weights = { ...referenceSettings.weights, identity }
      const settings = { ...referenceSettings, seed: 1, steps: 8, weights }
      const extra = await extraTerms(runtime, networks, settings)
      const projector = await openProjector(runtime, networks, statistics, 'w', { threads: 1, extra })
      const { metrics } = await searched(projector, targets, settings)
      await projector.dispose()
      return metrics.identity!
    }
    const free = await ended(0)
    const held = await ended(100)
    expect(held).toBeLessThan(0.8 * free)
  })

  test('without its network is refused', async () => {
    const settings = { ...referenceSettings, weights: { ...referenceSettings.weights, identity: 1 } }
    await expect(extraTerms(runtime, fixtureNetworks('tiny64'), settings)).rejects.toThrow(/not loaded/)
  })
})

describe('a live run', () => {
  const live = { ...referenceSettings, live: true }
  const name = 'c'.repeat(64)
  const other = { image: pictures.landmarks, lookPoints: pointsAround(0.8) }
  const drawnMaps = drawnHeatMaps(pointsAround(0.6), 1.5)

  test('aims at the identity of its look now, where its landmarks are now', async () => {
    const own = { ...pictures, drawnMaps: drawnHeatMaps(pointsAround(1), 1.5), lookPoints: pointsAround(1) }
    const named = async () => ({ ...other, drawnMaps })
    const start = courseOf(live, [])
    const seen = await targetsOf(runtime, networks, own)
    const finder = await targetFinder(runtime, seen, (use) => use(networks), resolution, { named }, start)
    const after = async (change: Change) => {
      const course = courseOf(live, [{ step: 0, change }])
      return (await finder.retarget(start, course, finder.targets)).identity!
    }
    const first = finder.targets.identity!
    expect(first.descriptor.data).toEqual((await descriptorOf(pictures.look, pointsAround(1))).data)
    expect(first.crop).toEqual(faceCrop(heatMapPoints(own.drawnMaps), resolution))

    const looked = await after({ kind: 'look', picture: name })
    expect(looked.crop).toEqual(first.crop)
    expect(looked.descriptor.data).toEqual((await descriptorOf(other.image, other.lookPoints)).data)
    expect(looked.descriptor.data).not.toEqual(first.descriptor.data)

    const groups = Array.from({ length: 9 }, (_, group) => group)
    const moved = await after({ kind: 'landmarks', picture: name, groups })
    expect(moved.descriptor).toEqual(first.descriptor)
    expect(moved.crop).toEqual(faceCrop(heatMapPoints(drawnMaps), resolution))
    expect(moved.crop).not.toEqual(first.crop)

    const dragged = await after({ kind: 'points', points: [{ index: 36, x: 0.1, y: 0.1 }] })
    expect(dragged.descriptor).toEqual(first.descriptor)
    expect(dragged.crop).not.toEqual(first.crop)
  })
})
