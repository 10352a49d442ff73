import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/engine/graph/backward.ts'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { serialise } from '../../src/engine/graph/onnx.ts'
import { sizeOf, type Tensor } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { full } from '../full.ts'
import { type Case, cases } from '../ort/cases.ts'
import { numbersOf, tensorOf } from '../ort/run-graph.ts'
import { seededRandom } from '../ort/samples.ts'
import { describeOnDevices } from './devices.ts'

/** Computed wrongly by the WebGPU provider of onnxruntime 1.30; no network has such convolutions. */
const unneeded = /stride 3/

/** Of each op the first use and every sixth after it, or all: a driver that computes on the processor compiles for long. */
function sampleOf(rows: readonly Case[]): readonly Case[] {
  const needed = rows.filter(({ name }) => !unneeded.test(name))
  return full ? needed : needed.filter((_, place) => place % 6 === 0)
}

/** The case's output and its gradients for all inputs, in float32. */
function graphOf({ inputs, build }: Case) {
  const b = createBuilder()
  const values = inputs.map(({ shape }, place) => b.input(`x${place}`, shape))
  const y = build(b, values)
  const loss = b.reduceSum(b.mul(y, b.input('u', y.shape)), { keep: false })
  const slopes = gradients(b, loss, values).map((value, place) => [`g${place}`, value] as const)
  return { y, outputs: { y, ...Object.fromEntries(slopes) } }
}

await describeOnDevices('what the processor computes', (device) => {
  describe.each(Object.entries(cases))('%s', (_, rows) => {
    test.each(sampleOf(rows).map((row) => [row.name, row] as const))('%s', async (_name, row) => {
      const { y, outputs } = graphOf(row)
      const random = seededRandom(1)
      const feeds: Record<string, Tensor> = Object.fromEntries(
        row.inputs.map(({ shape, draw }, place) => [`x${place}`, tensorOf('float32', shape, draw(random))]),
      )
      feeds.u = tensorOf(
        'float32',
        y.shape,
        Array.from({ length: sizeOf(y.shape) }, () => Math.floor(9 * random()) - 4),
      )
      const [expected, found] = await Promise.all(
        (['cpu', device] as const).map(async (provider) => {
          const session = await onnxRuntime(provider).load(serialise(outputs))
          const results = await session.run(
            Object.fromEntries(session.inputNames.map((name) => [name, feeds[name] as Tensor])),
          )
          await session.dispose()
          return results
        }),
      )
      for (const name of Object.keys(outputs)) {
        const exact = numbersOf(expected![name])
        const size = Math.max(1, ...exact.map(Math.abs))
        const gaps = numbersOf(found![name]).map((value, i) => Math.abs(value - exact[i]!) / size)
        expect(Math.max(0, ...gaps), name).toBeLessThan(1e-5)
      }
    })
  })
})
