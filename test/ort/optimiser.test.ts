import { expect, test } from 'vitest'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import {
  adam,
  adamScalars,
  momentTensors,
  shortDecays,
  usualDecays,
} from '../../src/engine/projection/optimiser.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import { loadGraph, numbersOf } from './run-graph.ts'

const rate = 0.1
/** The gradient's of three steps: a large one, that later ones are small beside. */
const slopes = [40, -0.5, 0.25]

/** Kingma and Ba 2015, algorithm 1, number by number. */
function stepped(first: number, second: number): readonly number[] {
  let [x, m, v] = [1, 0, 0]
  return slopes.map((slope, i) => {
    m = first * m + (1 - first) * slope
    v = second * v + (1 - second) * slope ** 2
    x -= (rate * (m / (1 - first ** (i + 1)))) / (Math.sqrt(v / (1 - second ** (i + 1))) + 1e-8)
    return x
  })
}

test.each([
  ['the usual', usualDecays],
  ['a short', shortDecays],
])('Adam takes the steps of its paper with %s memory', async (_, decays) => {
  const b = createBuilder()
  const input = (name: string) => b.input(name, [])
  const moments = { parameter: input('x'), first: input('x.first'), second: input('x.second') }
  const scalars = {
    learningRate: input('learningRate'),
    correction1: input('correction1'),
    correction2: input('correction2'),
  }
  const graph = await loadGraph(momentTensors('next', adam(b, moments, input('slope'), scalars, decays)))
  const scalar = (value: number) => floatTensor([], [value])
  let state = { parameter: scalar(1), first: scalar(0), second: scalar(0) }
  const expected = stepped(decays.first, decays.second)
  for (const [i, slope] of slopes.entries()) {
    const given = Object.entries(adamScalars(rate, i + 1, decays)).map(([name, value]) => [
      name,
      scalar(value),
    ])
    const found = await graph.run({
      ...momentTensors('x', state),
      ...{ slope: scalar(slope), ...Object.fromEntries(given) },
    })
    const output = (name: string) => scalar(numbersOf(found[name])[0]!)
    state = { parameter: output('next'), first: output('next.first'), second: output('next.second') }
    expect(numbersOf(state.parameter)[0]).toBeCloseTo(expected[i]!, 5)
  }
  await graph.dispose()
})
