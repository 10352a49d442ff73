import { describe, expect, test } from 'vitest'
import { drawnHeatMaps } from '../../src/engine/face/drawn-heat-maps.ts'
import { courseOf } from '../../src/engine/projection/course.ts'
import { landmarkMask } from '../../src/engine/projection/landmark-mask.ts'
import { constantNoise } from '../../src/engine/projection/noise.ts'
import { extraTerms } from '../../src/engine/projection/objective.ts'
import { weightInputs } from '../../src/engine/projection/projector.ts'
import { type ProjectionSettings, referenceSettings } from '../../src/engine/projection/settings.ts'
import { buildEvaluationGraph } from '../../src/engine/projection/step-graph.ts'
import { targetFinder } from '../../src/engine/projection/target-finder.ts'
import { maskTarget, type Targets, targetInputs, targetsOf } from '../../src/engine/projection/targets.ts'
import type { FloatTensor } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { fixtureNetworks, fixtureTargets } from './networks.ts'
import { fixtureArray } from './stored.ts'

/** 68 points, the inner ones at one place, the jaw at another. */
const face = (x: number, y: number) =>
  Array.from({ length: 68 }, (_, i) => (i < 17 ? [0.9, 0.9] : [x, y])).flat()

describe('the mask of a tap', () => {
  const { shape, data } = landmarkMask(
    [16.5, 48.5].map((column) => face(column / 64, 16.5 / 32)),
    [32, 64],
    0.8,
  )
  const at = (x: number, y: number) => data[Math.floor(y * 32) * 64 + Math.floor(x * 64)]!

  test('is 1 minus the strength at the inner landmarks of every face, and 1 far from them', () => {
    expect(shape).toEqual([1, 1, 32, 64])
    for (const x of [0.25, 0.75]) expect(at(x, 0.5)).toBeCloseTo(0.2, 6)
    for (const [x, y] of [
      [0.05, 0.05],
      [0.5, 0.5],
      [0.5, 0.9],
    ] as const)
      expect(at(x, y)).toBeGreaterThan(0.99)
    expect(Math.min(...data)).toBeGreaterThanOrEqual(0.2 - 1e-6)
  })

  test('leaves the jaw to the look', () => {
    expect(at(0.9, 0.9)).toBeGreaterThan(0.99)
  })

  test('reaches cells that are wider than the landmarks lie apart', () => {
    const coarse = landmarkMask([face(0.5, 0.5)], [8, 8], 1).data
    expect(Math.min(...coarse)).toBeLessThan(0.3)
  })
})

const runtime = onnxRuntime('cpu')
const networks = fixtureNetworks('tiny64')

/** The objective of the fixture's latent. */
async function evaluated(settings: ProjectionSettings, targets: Targets) {
  const extra = await extraTerms(runtime, networks, settings)
  const { model } = buildEvaluationGraph(networks, 'w', true, extra)
  const session = await runtime.load(model, { threads: 1 })
  const found = await session.run({
    latent: fixtureArray('tiny64/objective.npz', 'w/latent'),
    noise: constantNoise(networks.generator.noise),
    ...targetInputs(targets),
    ...weightInputs(settings, targets),
  })
  await session.dispose()
  const data = (name: string) => (found[name] as FloatTensor).data
  return {
    perceptual: data('perceptual')[0]!,
    landmark: data('landmark')[0]!,
    gradient: data('gradient.latent'),
  }
}

describe('an objective with masked landmarks', () => {
  const masked = (landmarkMask: number) => ({ ...referenceSettings, landmarkMask })
  const withMask = (targets: Targets, strength: number): Targets => ({
    ...targets,
    mask: maskTarget(face(0.4, 0.4), targets.heatMaps, targets.features, strength),
  })

  test('is the reference at strength 0, and asks for less of the look the stronger it is', async () => {
    const targets = await fixtureTargets(runtime, 'tiny64', networks)
    const reference = await evaluated(referenceSettings, targets)
    const none = await evaluated(masked(0), withMask(targets, 0))
    expect(none.perceptual).toBeCloseTo(reference.perceptual, 6)
    none.gradient.forEach((slope, i) => {
      expect(Math.abs(slope - reference.gradient[i]!)).toBeLessThan(1e-4)
    })
    const [half, whole] = [
      await evaluated(masked(0.5), withMask(targets, 0.5)),
      await evaluated(masked(1), withMask(targets, 1)),
    ]
    expect(half.perceptual).toBeLessThan(0.98 * reference.perceptual)
    expect(whole.perceptual).toBeLessThan(0.98 * half.perceptual)
    expect(whole.landmark).toBe(reference.landmark)
  })

  test('weighs squared differences by the square of the mask, cell by cell', async () => {
    const targets = await fixtureTargets(runtime, 'tiny64', networks)
    const reference = await evaluated(referenceSettings, targets)
    const taps = targets.features.map(({ shape }) => ({
      shape: [1, 1, shape[2]!, shape[3]!],
      data: new Float32Array(shape[2]! * shape[3]!).fill(0.5),
      dtype: 'float32' as const,
    }))
    const half = await evaluated(masked(0.5), { ...targets, mask: { lookPoints: [], taps } })
    expect(half.perceptual / reference.perceptual).toBeCloseTo(0.25, 5)
  })
})

test('a dragged point takes the mask along', async () => {
  const flat = (level: number) => ({ width: 64, height: 64, data: new Uint8Array(64 * 64 * 3).fill(level) })
  const course = courseOf({ ...referenceSettings, live: true, landmarkMask: 1 }, [])
  const drawnMaps = drawnHeatMaps(face(0.25, 0.25), 1.75)
  const pictures = { look: flat(80), landmarks: flat(160), drawnMaps, lookPoints: face(0.25, 0.25) }
  const { resolution } = networks.generator
  const seen = await targetsOf(runtime, networks, pictures, { threads: 1, landmarkMask: 1 })
  const { targets, retarget } = await targetFinder(
    runtime,
    seen,
    (use) => use(networks),
    resolution,
    {},
    course,
    { threads: 1 },
  )
  const cell = ({ mask }: Targets) => mask!.taps[0]!.data[32 * 64 + 48]!
  expect(targets.mask!.taps).toHaveLength(targets.features.length)
  expect(cell(targets)).toBeGreaterThan(0.99)
  const points = course.points.with(48, { x: 48.5 / 64, y: 32.5 / 64 })
  expect(cell(await retarget(course, { ...course, points }, targets))).toBeLessThan(0.05)
})
