import { describe, expect, test } from 'vitest'
import { type Builder, createBuilder } from '../../src/engine/graph/builder.ts'
import { serialise } from '../../src/engine/graph/onnx.ts'
import { constantOf, type Value } from '../../src/engine/graph/value.ts'
import { type Shape, sizeOf } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { evaluate, numbersOf, tensorOf } from './run-graph.ts'

/** The output for an input that holds 0, 1, 2, …, moved by `offset`. */
async function ramp(shape: Shape, build: (b: Builder, x: Value) => Value, offset = 0): Promise<number[]> {
  const b = createBuilder()
  const numbers = Array.from({ length: sizeOf(shape) }, (_, i) => i + offset)
  const y = build(b, b.input('x', shape))
  return numbersOf((await evaluate({ y }, { x: tensorOf('float32', shape, numbers) })).y)
}

/** The elements of a [N, C, H, W] tensor whose entry at n, c, i, j is `at(n, c, i, j)`. */
function picture(
  [n, c, h, w]: readonly [number, number, number, number],
  at: (...place: number[]) => number,
) {
  return Array.from({ length: n * c * h * w }, (_, k) =>
    at(Math.floor(k / (c * h * w)), Math.floor(k / (h * w)) % c, Math.floor(k / w) % h, k % w),
  )
}

describe('values', () => {
  test('depthToSpace takes channel c*k*k + i*k + j to row offset i, column offset j', async () => {
    const expected = picture([1, 2, 4, 6], (_, c, i, j) => {
      const channel = c! * 4 + (i! % 2) * 2 + (j! % 2)
      return (channel * 2 + Math.floor(i! / 2)) * 3 + Math.floor(j! / 2)
    })
    expect(await ramp([1, 8, 2, 3], (b, x) => b.depthToSpace(x, { block: 2 }))).toEqual(expected)
  })

  test('a batch that the runtime is not told comes through layers and reshapes', async () => {
    const b = createBuilder()
    const x = b.input('x', [1, 2, 2, 2])
    const rows = b.reshape(b.mul(x, x), { shape: [1, 4, 2] })
    const y = b.reshape(b.concat([rows, rows], { axis: 2 }), { shape: [1, 2, 2, 4] })
    const model = serialise({ y }, { openBatches: new Set(['x']) })
    const session = await onnxRuntime('cpu').load(model, { threads: 1 })
    const inputs = { x: tensorOf('float32', [1, 2, 2, 2], [1, 2, 3, 4, 5, 6, 7, 8]) }
    expect(numbersOf((await session.run(inputs)).y)).toEqual([
      1, 4, 1, 4, 9, 16, 9, 16, 25, 36, 25, 36, 49, 64, 49, 64,
    ])
    // Only where the batch is open throughout may it be another one.
    const two = { x: tensorOf('float32', [2, 2, 2, 2], Array(16).fill(2)) }
    expect(numbersOf((await session.run(two)).y)).toEqual(Array(32).fill(4))
    await session.dispose()
  })

  test('upsample repeats', async () => {
    const expected = picture(
      [1, 2, 6, 9],
      (_, c, i, j) => c! * 6 + Math.floor(i! / 3) * 3 + Math.floor(j! / 3),
    )
    expect(await ramp([1, 2, 2, 3], (b, x) => b.upsample(x, { size: 3 }))).toEqual(expected)
  })

  test('pools take the mean and the maximum of each window', async () => {
    const corner = (c: number, i: number, j: number) => c * 16 + i * 8 + j * 2
    expect(await ramp([1, 2, 4, 4], (b, x) => b.averagePool(x, { size: 2 }))).toEqual(
      picture([1, 2, 2, 2], (_, c, i, j) => corner(c!, i!, j!) + 2.5),
    )
    expect(await ramp([1, 2, 4, 4], (b, x) => b.maxPool(x, { size: 2 }))).toEqual(
      picture([1, 2, 2, 2], (_, c, i, j) => corner(c!, i!, j!) + 5),
    )
  })

  test('pad adds zeros to one axis, slice takes a part of one', async () => {
    expect(await ramp([2, 2], (b, x) => b.pad(x, { axis: 1, before: 1, after: 2 }), 1)).toEqual([
      0, 1, 2, 0, 0, 0, 3, 4, 0, 0,
    ])
    expect(await ramp([3, 2], (b, x) => b.slice(x, { axis: 0, start: 1, end: 3 }))).toEqual([2, 3, 4, 5])
    expect(await ramp([2, 3], (b, x) => b.slice(x, { axis: 1, start: 0, end: 1 }))).toEqual([0, 3])
  })

  test('pick takes every so many elements, upwards and downwards', async () => {
    const pick = (start: number, step: number, count: number) =>
      ramp([2, 5], (b, x) => b.pick(x, { axis: 1, start, step, count }))
    expect(await pick(0, 2, 3)).toEqual([0, 2, 4, 5, 7, 9])
    expect(await pick(4, -2, 3)).toEqual([4, 2, 0, 9, 7, 5])
    expect(await pick(3, -1, 2)).toEqual([3, 2, 8, 7])
    expect(await pick(1, 1, 1)).toEqual([1, 6])
  })

  test('clip, leakyRelu, relu, sign and comparisons', async () => {
    expect(await ramp([5], (b, x) => b.clip(x, { low: -1, high: 1 }), -2)).toEqual([-1, -1, 0, 1, 1])
    expect(await ramp([5], (b, x) => b.leakyRelu(x, { alpha: 0.25 }), -2)).toEqual([-0.5, -0.25, 0, 1, 2])
    expect(await ramp([5], (b, x) => b.relu(x), -2)).toEqual([0, 0, 0, 1, 2])
    expect(await ramp([5], (b, x) => b.sign(x), -2)).toEqual([-1, -1, 0, 1, 1])
    expect(await ramp([5], (b, x) => b.step(x, {}), -2)).toEqual([0, 0, 0, 1, 1])
    expect(await ramp([5], (b, x) => b.step(x, { at: 1 }), -2)).toEqual([0, 0, 0, 0, 1])
    expect(await ramp([5], (b, x) => b.step(x, { at: 1, down: true }), -2)).toEqual([1, 1, 1, 0, 0])
    expect(await ramp([5], (b, x) => b.greater(x, 0), -2)).toEqual([0, 0, 0, 1, 1])
    expect(await ramp([5], (b, x) => b.equal(x, 0), -2)).toEqual([0, 0, 1, 0, 0])
    expect(await ramp([5], (b, x) => b.where(b.greater(x, 0), x, 9), -2)).toEqual([9, 9, 9, 1, 2])
  })

  test.each([1.1, 362.03867, -0.3])('a step at %d is exact to the last bit', async (place) => {
    const at = Math.fround(place)
    const gap = 2 ** (Math.floor(Math.log2(Math.abs(at))) - 23)
    const b = createBuilder()
    const x = b.input('x', [3])
    const outputs = { up: b.step(x, { at }), down: b.step(x, { at, down: true }) }
    const results = await evaluate(outputs, { x: tensorOf('float32', [3], [at - gap, at, at + gap]) })
    expect(numbersOf(results.up)).toEqual([0, 0, 1])
    expect(numbersOf(results.down)).toEqual([1, 0, 0])
  })

  test('a step at 0 takes the smallest normal numbers for what they are', async () => {
    const b = createBuilder()
    const x = tensorOf('float32', [3], [-(2 ** -126), 0, 2 ** -126])
    expect(numbersOf((await evaluate({ y: b.step(b.input('x', [3]), {}) }, { x })).y)).toEqual([0, 0, 1])
  })

  test('concat joins in order, expand repeats, transpose reorders', async () => {
    expect(await ramp([2, 2], (b, x) => b.concat([x, b.neg(x)], { axis: 1 }), 1)).toEqual([
      1, 2, -1, -2, 3, 4, -3, -4,
    ])
    expect(await ramp([2, 1], (b, x) => b.expand(x, { shape: [2, 3] }))).toEqual([0, 0, 0, 1, 1, 1])
    expect(await ramp([2, 3], (b, x) => b.transpose(x, { order: [1, 0] }))).toEqual([0, 3, 1, 4, 2, 5])
  })

  test('reductions over some axes, none and all', async () => {
    expect(await ramp([2, 3], (b, x) => b.reduceSum(x, { axes: [-1], keep: false }))).toEqual([3, 12])
    expect(await ramp([2, 3], (b, x) => b.reduceMean(x, { axes: [0] }))).toEqual([1.5, 2.5, 3.5])
    expect(await ramp([2, 3], (b, x) => b.reduceMax(x, {}))).toEqual([5])
    expect(await ramp([2, 3], (b, x) => b.reduceMin(x, { axes: [] }))).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('conv cross-correlates, with stride, padding and groups', async () => {
    const numbers = Array.from({ length: 2 * 6 }, (_, i) => i + 1)
    const weight = { dtype: 'float32', shape: [2, 1, 2, 3], data: Float32Array.from(numbers) } as const
    const [height, width] = [4, 5]
    const x = (c: number, i: number, j: number) =>
      i < 0 || j < 0 || i >= height || j >= width ? 0 : (c * height + i) * width + j
    const expected = picture([1, 2, 2, 3], (_, o, i, j) => {
      let sum = 0
      for (let u = 0; u < 2; u++) {
        for (let v = 0; v < 3; v++) sum += numbers[(o! * 2 + u) * 3 + v]! * x(o!, 2 * i! + u, 2 * j! + v - 1)
      }
      return sum
    })
    const padding = { rows: { before: 0, after: 0 }, columns: { before: 1, after: 1 } }
    expect(
      await ramp([1, 2, height, width], (b, v) =>
        b.conv(v, b.constant(weight, 'weight'), { stride: 2, groups: 2, padding }),
      ),
    ).toEqual(expected)
  })
})

describe('the builder', () => {
  test('moves the elements of constants as the runtime moves those of inputs', async () => {
    const moves: Record<string, (b: Builder, x: Value) => Value> = {
      reshape: (b, x) => b.reshape(x, { shape: [4, 6] }),
      transpose: (b, x) => b.transpose(x, { order: [2, 0, 1] }),
      'pick down': (b, x) => b.pick(x, { axis: 1, start: 2, step: -2, count: 2 }),
      'pick up': (b, x) => b.pick(x, { axis: 2, start: 1, step: 2, count: 2 }),
    }
    const shape = [2, 3, 4]
    const numbers = Array.from({ length: 24 }, (_, i) => i)
    for (const [name, move] of Object.entries(moves)) {
      const b = createBuilder()
      const moved = move(b, b.constant(tensorOf('float32', shape, numbers), 'x'))
      const tensor = constantOf(moved)
      expect(tensor?.shape, name).toEqual(moved.shape)
      expect(numbersOf(tensor), name).toEqual(await ramp(shape, move))
    }
  })

  test('names by scope, counts names that are taken, shares numbers', () => {
    const b = createBuilder()
    const x = b.input('x', [2])
    const [first, second] = b.scope('outer', () =>
      b.scope('inner', () => [b.mul(x, 3), b.mul(x, 3)] as const),
    )
    expect(first!.name).toBe('outer.inner.mul')
    expect(second!.name).toBe('outer.inner.mul_1')
    expect(b.values.filter(({ source }) => source.kind === 'constant')).toHaveLength(1)
  })

  test('drops what changes nothing, but not what changes the shape', () => {
    const b = createBuilder()
    const x = b.input('x', [2])
    for (const same of [b.add(x, 0), b.add(0, x), b.sub(x, 0), b.mul(1, x), b.div(x, 1)]) expect(same).toBe(x)
    expect(b.reshape(x, { shape: [2] })).toBe(x)
    expect(b.pad(x, { axis: 0, before: 0, after: 0 })).toBe(x)
    expect(b.slice(x, { axis: 0, start: 0, end: 2 })).toBe(x)
    expect(b.concat([x], { axis: 0 })).toBe(x)
    expect(b.sub(0, x)).not.toBe(x)
    const one = b.constant(tensorOf('float32', [1, 1], [1]), 'one')
    expect(b.mul(x, one).shape).toEqual([1, 2])
  })
})
