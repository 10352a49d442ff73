import { describe, expect, test } from 'vitest'
import { spoiledMaps } from '../../models/evaluation/spoiled-maps.ts'
import { drawnHeatMaps } from '../../src/engine/face/drawn-heat-maps.ts'
import { landmarkConfidence, showsFace } from '../../src/engine/face/landmark-confidence.ts'
import { landmarkCount } from '../../src/engine/face/landmark-groups.ts'
import { neutralFace } from '../../src/engine/face/neutral-face.ts'
import { distancesFromShape } from '../../src/engine/face/shape-fit.ts'
import { weightInputs } from '../../src/engine/projection/projector.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { referenceSettings } from '../../src/engine/projection/settings.ts'
import { confidenceOf, withDraggedConfidence } from '../../src/engine/projection/targets.ts'
import { type FloatTensor, floatTensor } from '../../src/engine/tensor.ts'

const deviation = 1.5
const cells = 64 * 64
const everyLandmark = Array.from({ length: landmarkCount }, (_, i) => i)

/** 68 points in an aligned square of a head that is turned by `yaw`, with the jaw and lower lip down by `drop` eye distances. */
function facePoints(yaw = 0, drop = 0): Float32Array {
  const lowered = new Set([5, 6, 7, 8, 9, 10, 11, 55, 56, 57, 58, 59, 65, 66, 67])
  return Float32Array.from(
    neutralFace.flatMap(([x, y, z], i) => {
      const turned = x * Math.cos(yaw) + z * Math.sin(yaw)
      return [0.5 + turned / 248, 0.4 + (y + (lowered.has(i) ? 62 * drop : 0)) / 248]
    }),
  )
}

const clean = (yaw?: number, drop?: number) => drawnHeatMaps(facePoints(yaw, drop), deviation)

/** The maps with one in place of another. */
function withMap({ shape, data }: FloatTensor, index: number, map: Float32Array): FloatTensor {
  const changed = data.slice()
  changed.set(map, index * cells)
  return floatTensor(shape, changed)
}

function expectOnly(maps: FloatTensor, doubted: readonly number[]) {
  const confidence = landmarkConfidence(maps, deviation)
  for (const index of everyLandmark) {
    if (doubted.includes(index)) expect(confidence[index], `${index}`).toBeLessThan(0.05)
    else expect(confidence[index], `${index}`).toBeGreaterThan(0.95)
  }
}

describe('the confidence of landmarks', () => {
  test.each([
    [0, 0],
    [0.5, 0],
    [-0.5, 0.4],
  ])('is full for clean maps of a head that is turned by %d and opens its mouth by %d', (yaw, drop) => {
    expectOnly(clean(yaw, drop), [])
  })

  test('is full where the Gaussians are somewhat low, wide, and grainy', () => {
    const { shape, data } = drawnHeatMaps(facePoints(), 1.25 * deviation)
    const grain = new MersenneTwister(3).normals(data.length)
    expectOnly(
      floatTensor(
        shape,
        data.map((value, i) => 0.6 * value + 0.01 * grain[i]!),
      ),
      [],
    )
  })

  test('is none for noise, for nothing, for a faint peak and for one in another place; the others keep theirs', () => {
    const noise = new MersenneTwister(4).normals(cells)
    const faint = clean()
      .data.subarray(48 * cells, 49 * cells)
      .map((value) => 0.05 * value)
    const elsewhere = drawnHeatMaps([0.2, 0.15], deviation).data
    expectOnly(withMap(clean(), 8, noise), [8])
    expectOnly(withMap(clean(), 36, new Float32Array(cells)), [36])
    expectOnly(withMap(clean(), 48, faint), [48])
    expectOnly(withMap(clean(), 62, elsewhere), [62])
  })

  test('falls with what a map shows besides its peak', () => {
    const own = clean().data.subarray(30 * cells, 31 * cells)
    const others = drawnHeatMaps([0.8, 0.8, 0.2, 0.8, 0.8, 0.2], deviation).data
    const withPeaks = (count: number) => {
      const map = own.map((value, i) =>
        Array.from({ length: count }, (_, k) => 0.98 * others[k * cells + i]!).reduce((x, y) => x + y, value),
      )
      return landmarkConfidence(withMap(clean(), 30, map), deviation)[30]!
    }
    expect(withPeaks(2)).toBeLessThan(0.8)
    expect(withPeaks(3)).toBeLessThan(withPeaks(2) - 0.1)
  })

  test('finds a third of all maps wrong, and only those', () => {
    const count = 22
    const own = clean(0.2)
    const spoiled = spoiledMaps(own, count, deviation, 5)
    const wrong = everyLandmark.filter((i) =>
      own.data.subarray(i * cells, (i + 1) * cells).some((value, k) => value !== spoiled.data[i * cells + k]),
    )
    expect(wrong).toHaveLength(count)
    const confidence = landmarkConfidence(spoiled, deviation)
    // A place that was drawn by lot may lie near the right one.
    expect(wrong.filter((i) => confidence[i]! > 0.05).length).toBeLessThanOrEqual(2)
    for (const i of everyLandmark) if (!wrong.includes(i)) expect(confidence[i]).toBeGreaterThan(0.95)
  })

  test('is none, and a number, where all maps are empty', () => {
    const empty = floatTensor([1, landmarkCount, 64, 64], new Float32Array(landmarkCount * cells))
    expect([...landmarkConfidence(empty, deviation)]).toEqual(Array(landmarkCount).fill(0))
  })
})

test('a point that most others contradict has its distance from where they let it be expected', () => {
  const points = facePoints(0.3)
  points[2 * 33]! += 0.3
  const distances = distancesFromShape(points, Array(landmarkCount).fill(1))
  expect(distances[33]).toBeCloseTo(0.3, 2)
  expect(Math.max(...distances.filter((_, i) => i !== 33))).toBeLessThan(0.01)
})

test('points that were dragged are believed', () => {
  const noise = floatTensor([1, 68, 64, 64], new MersenneTwister(6).normals(landmarkCount * cells))
  const doubted = confidenceOf(noise, deviation)
  const points = everyLandmark.map((i) => (i === 48 ? { x: 0.5, y: 0.5 } : undefined))
  const { shape, data } = withDraggedConfidence(doubted, points)
  expect(shape).toEqual([68, 1, 1])
  expect(data[48]).toBe(1)
  expect(Math.max(...doubted.data)).toBeLessThan(0.05)
})

test('confidence takes down the weights of landmarks if the settings ask for it, else not', () => {
  const { weights, groupWeights } = referenceSettings
  const half = { confidence: floatTensor([68, 1, 1], new Float32Array(68).fill(0.5)) }
  const weightsOf = (confidence: boolean) =>
    (weightInputs({ weights, groupWeights, confidence }, half)['weight.landmarks'] as FloatTensor).data
  expect(weightsOf(true)).toEqual(weightsOf(false).map((weight) => weight / 2))
  expect(weightsOf(false)[48]).toBe(5)
})

test('a face is seen in clean maps and in those of which a few are wrong, not in noise or where they lie anyhow', () => {
  const noise = floatTensor([1, landmarkCount, 64, 64], new MersenneTwister(5).normals(landmarkCount * cells))
  const anyhow = new MersenneTwister(6).normals(2 * landmarkCount).map((x) => 0.5 + 0.2 * Math.tanh(x))
  const scattered = drawnHeatMaps(anyhow, deviation)
  const few = [0, 20, 40].reduce((maps, index) => withMap(maps, index, new Float32Array(cells)), clean())
  expect([clean(0.5, 0.4), few, noise, scattered].map((maps) => showsFace(maps, deviation))).toEqual([
    ...[true, true, false, false],
  ])
})
