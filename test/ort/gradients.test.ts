import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/engine/graph/backward.ts'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import type { Value } from '../../src/engine/graph/value.ts'
import { sizeOf, type Tensor } from '../../src/engine/tensor.ts'
import { type Case, cases } from './cases.ts'
import { evaluate, loadGraph, numbersOf, tensorOf } from './run-graph.ts'
import { seededRandom } from './samples.ts'

type FloatType = 'float32' | 'float64'
type Numbers = readonly number[]

/** Of the largest entry: rounding in the given type, and for differences their third-order error. */
const tolerances = { differences: 1e-8, mixed: 1e-6, adjoint: 1e-6 }

/** The case's output y, and the gradients of sum(y * u) for its inputs x0, x1, … with `u` an input. */
function buildCase({ inputs, build }: Case, dtype: FloatType) {
  const b = createBuilder()
  const values = inputs.map(({ shape }, place) => b.input(`x${place}`, shape, dtype))
  const y = build(b, values)
  const loss = b.reduceSum(b.mul(y, b.input('u', y.shape, dtype)), { keep: false })
  const slopes = Object.fromEntries(gradients(b, loss, values).map((value, place) => [`g${place}`, value]))
  return { y, slopes }
}

function feedsOf({ inputs }: Case, dtype: FloatType, points: readonly Numbers[]): Record<string, Tensor> {
  return Object.fromEntries(points.map((point, i) => [`x${i}`, tensorOf(dtype, inputs[i]!.shape, point)]))
}

function dot(a: Numbers, b: Numbers): number {
  return a.reduce((sum, x, place) => sum + x * b[place]!, 0)
}

/** d sum(y * u) / dx for every element of every input, by central differences of the forward graph. */
async function differences(checked: Case, y: Value, points: readonly Numbers[], u: Numbers) {
  const step = 1e-5
  const graph = await loadGraph({ y })
  const moved = async (place: number, element: number, by: number) => {
    const near = points.map((point, i) => (i === place ? point.with(element, point[element]! + by) : point))
    return dot(numbersOf((await graph.run(feedsOf(checked, 'float64', near))).y), u)
  }
  const found: number[][] = []
  for (const [place, point] of points.entries()) {
    const row: number[] = []
    for (const element of point.keys()) {
      row.push(((await moved(place, element, step)) - (await moved(place, element, -step))) / (2 * step))
    }
    found.push(row)
  }
  await graph.dispose()
  return found
}

async function check(checked: Case) {
  const method = checked.method ?? 'differences'
  const dtype = method === 'differences' ? 'float64' : 'float32'
  const { y, slopes } = buildCase(checked, dtype)
  const random = seededRandom(1)
  const points = checked.inputs.map(({ draw }) => draw(random))
  const u = Array.from({ length: sizeOf(y.shape) }, () => Math.floor(9 * random()) - 4)
  const feeds = { ...feedsOf(checked, dtype, points), u: tensorOf(dtype, y.shape, u) }
  const results = await evaluate({ y, ...slopes }, feeds)

  for (const [name, value] of Object.entries({ y, ...slopes })) {
    expect(results[name]?.shape, name).toEqual(value.shape)
    expect(results[name]?.dtype, name).toBe(value.dtype)
  }
  for (const [place, { shape }] of checked.inputs.entries()) {
    expect(slopes[`g${place}`]?.shape).toEqual(shape)
  }

  const found = points.map((_, place) => numbersOf(results[`g${place}`]))
  if (method === 'adjoint') {
    const forward = dot(numbersOf(results.y), u)
    const backward = points.reduce((sum, point, place) => sum + dot(point, found[place]!), 0)
    const size = dot(numbersOf(results.y).map(Math.abs), u.map(Math.abs))
    expect(Math.abs(forward - backward)).toBeLessThanOrEqual(tolerances.adjoint * size)
    expect(size).toBeGreaterThan(0)
  } else {
    const forward = method === 'mixed' ? buildCase(checked, 'float64').y : y
    const expected = await differences(checked, forward, points, u)
    const largest = Math.max(1, ...expected.flat().map(Math.abs))
    for (const [place, row] of expected.entries()) {
      for (const [element, slope] of row.entries()) {
        const gap = Math.abs(slope - found[place]![element]!)
        expect(gap, `input ${place}, element ${element}`).toBeLessThanOrEqual(tolerances[method] * largest)
      }
    }
  }
}

describe.each(Object.entries(cases))('%s', (_, rows) => {
  test.each(rows.map((row) => [row.name, row] as const))('%s', (_name, row) => check(row))
})
