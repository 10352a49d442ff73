import { describe, expect, test } from 'vitest'
import { landmarkCount } from '../../src/engine/face/landmark-groups.ts'
import { openLandmarkSight } from '../../src/engine/projection/landmark-sight.ts'
import { mapLatentBatch, statisticsDraws } from '../../src/engine/projection/latent-statistics.ts'
import { findMovement, movedLatent } from '../../src/engine/projection/movement.ts'
import { principalDirections } from '../../src/engine/projection/principal-directions.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import { type FloatTensor, floatTensor } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { fixtureNetworks } from './networks.ts'

const runtime = onnxRuntime('cpu')
const networks = fixtureNetworks('tiny64')
const { generator } = networks
const { wDim, zDim } = generator
const coordinates = 2 * landmarkCount

test('principal directions are orthogonal, and as long as W spreads along them', async () => {
  const count = 8
  const { shape, data } = await principalDirections(runtime, generator, count, undefined, 4000)
  expect(shape).toEqual([count, wDim])
  const rows = Array.from({ length: count }, (_, row) => data.subarray(row * wDim, (row + 1) * wDim))
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0)
  const lengths = rows.map((row) => Math.sqrt(dot(row, row)))
  expect(lengths).toEqual([...lengths].sort((a, b) => b - a))
  for (const [i, a] of rows.entries()) {
    for (const [j, b] of rows.entries()) {
      if (i !== j) expect(Math.abs(dot(a, b)) / (lengths[i]! * lengths[j]!)).toBeLessThan(1e-4)
    }
  }
  const w = await mapLatentBatch(runtime, generator, statisticsDraws(generator, 4000))
  for (const [i, row] of rows.entries()) {
    const along = Array.from({ length: 4000 }, (_, n) => dot(w.data.subarray(n * wDim, (n + 1) * wDim), row))
    const mean = along.reduce((a, b) => a + b) / 4000
    const deviation = Math.sqrt(along.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 4000) / lengths[i]!
    expect(deviation / lengths[i]!).toBeCloseTo(1, 3)
  }
})

test('a sight reads the landmarks of what is drawn of a latent', async () => {
  const z = floatTensor([1, zDim], new MersenneTwister(1).normals(zDim))
  const { data } = await mapLatentBatch(runtime, generator, z)
  const sight = await openLandmarkSight(runtime, networks, [1, 1, wDim])
  const points = await sight.see(floatTensor([1, 1, wDim], data))
  await sight.dispose()
  expect(points.length).toBe(coordinates)
  expect(points.every((point) => point >= 0 && point <= 1)).toBe(true)
})

describe('a face is moved', () => {
  const [own, found] = [1, 2].map((seed) => floatTensor([1, 1, 16], new MersenneTwister(seed).normals(16)))
  const directions = floatTensor([4, 16], new MersenneTwister(3).normals(64))
  const slopes = new MersenneTwister(4).normals(16 * coordinates).map((value) => value * 0.05)
  const linear = (latent: FloatTensor) =>
    Array.from({ length: coordinates }, (_, i) =>
      latent.data.reduce((sum, value, k) => sum + value * slopes[k * coordinates + i]!, 0.5),
    )
  const see = async (latent: FloatTensor) => linear(latent)
  const points = (latent: FloatTensor) => floatTensor([coordinates], Float32Array.from(linear(latent)))
  const path = { own: own!, found: found!, ownPoints: points(own!), foundPoints: points(found!), directions }
  const between = (part: number) => own!.data.map((value, i) => value + part * (found!.data[i]! - value))
  function expectNear({ data }: FloatTensor, expected: ArrayLike<number>): void {
    for (const [i, value] of data.entries()) expect(value).toBeCloseTo(expected[i]!, 4)
  }

  test('along the taught path where its landmarks lie there, and no farther than the person is drawn', async () => {
    const movement = await findMovement(see, path)
    for (const [part, place] of [
      [0, 0],
      [0.5, 0.5],
      [1, 1],
    ] as const) {
      const aim = linear(floatTensor([1, 1, 16], Float32Array.from(between(part))))
      expectNear(await movedLatent(movement, see, aim), between(place))
    }
    const still = { ...movement, directions: floatTensor([4, 16], new Float32Array(64)) }
    const beyond = linear(floatTensor([1, 1, 16], Float32Array.from(between(3))))
    expectNear(await movedLatent(still, see, beyond), between(1.25))
  })

  test('off it by the directions that bring its landmarks there', async () => {
    const seen: number[] = []
    const movement = await findMovement(see, path, () => seen.push(1))
    expect(seen.length).toBe(4)
    const lengths = [0.4, -0.3, 0.2, 0.1]
    const there = between(1).map((value, i) =>
      lengths.reduce((sum, length, row) => sum + length * directions.data[row * 16 + i]!, value),
    )
    const aim = linear(floatTensor([1, 1, 16], Float32Array.from(there)))
    const moved = linear(await movedLatent(movement, see, aim))
    const off = (from: readonly number[]) => Math.hypot(...aim.map((value, i) => value - from[i]!))
    expect(off(moved)).toBeLessThan(0.25 * off(linear(found!)))
  })

  test('and no farther than four deviations of W', async () => {
    const axes = floatTensor(
      [4, 16],
      Float32Array.from({ length: 64 }, (_, i) => (i % 17 === 0 ? 1 : 0)),
    )
    const here = { ...path, found: own!, foundPoints: points(own!), directions: axes }
    const aim = linear(own!).map((value, i) => value + 100 * Math.sin(i))
    const { data } = await movedLatent(await findMovement(see, here), see, aim)
    expect(Math.hypot(...data.map((value, i) => value - own!.data[i]!))).toBeCloseTo(4, 4)
  })
})
