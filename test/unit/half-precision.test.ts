import { describe, expect, test } from 'vitest'
import { gradients } from '../../src/engine/graph/backward.ts'
import { type Builder, createBuilder } from '../../src/engine/graph/builder.ts'
import { halfPrecision } from '../../src/engine/graph/half-precision.ts'
import { reachable, serialise } from '../../src/engine/graph/onnx.ts'
import type { Op } from '../../src/engine/graph/op.ts'
import { ops } from '../../src/engine/graph/ops/index.ts'
import type { Operand, Value } from '../../src/engine/graph/value.ts'
import { fromFloat16, roundedToFloat16, toFloat16 } from '../../src/engine/half.ts'
import type { Model } from '../../src/engine/runtime.ts'
import { floatTensor, type Shape, sizeOf } from '../../src/engine/tensor.ts'

const channels = 16

function weights(shape: Shape, factor = 1) {
  return floatTensor(
    shape,
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => factor * Math.sin(1 + 7 * i)),
  )
}

/** A convolution of an input, which is computed in halves. */
function half(b: Builder, name = 'x', factor = 1): Value {
  const x = b.input(name, [1, channels, 4, 4])
  return b.conv(x, b.constant(weights([channels, channels, 1, 1], factor), 'weight'), {})
}

/** The rewritten values of a graph by name, each with the type of its operands. */
function rewritten(build: (b: Builder) => Record<string, Value>) {
  const outputs = halfPrecision(build(createBuilder()))
  return { outputs, values: reachable(Object.values(outputs)) }
}

/** The type in which the one node of that op computes. */
function typeOf(op: string, build: (b: Builder) => Value): string {
  const { values } = rewritten((b) => ({ y: build(b) }))
  const [node, ...more] = values.filter(({ source }) => source.kind === 'node' && source.op === op)
  expect(more).toEqual([])
  return (node!.source as Extract<Value['source'], { kind: 'node' }>).inputs.at(-1)!.dtype
}

describe('the rewrite in half precision', () => {
  test('computes convolutions in halves, with their weights stored as the nearest halves', () => {
    const { values } = rewritten((b) => ({ y: half(b) }))
    const stored = values.flatMap(({ source }) => (source.kind === 'constant' ? [source.tensor] : []))
    const exact = weights([channels, channels, 1, 1])
    expect(stored).toEqual([{ dtype: 'float16', shape: exact.shape, data: toFloat16(exact.data) }])
    expect(typeOf('conv', half)).toBe('float16')
  })

  test.each<[op: string, type: string, why: string, build: (b: Builder) => Value]>([
    ['relu', 'float16', 'follows its operand', (b) => b.relu(half(b))],
    ['maxPool', 'float16', 'follows its operand', (b) => b.maxPool(half(b), { size: 2 })],
    ['reshape', 'float16', 'follows its operand', (b) => b.reshape(half(b), { shape: [channels, 16] })],
    ['relu', 'float32', 'follows its operand', (b) => b.relu(b.input('z', [3]))],
    ['reduceSum', 'float32', 'sums', (b) => b.reduceSum(half(b), {})],
    ['sqrt', 'float32', 'is a root', (b) => b.sqrt(b.relu(half(b)))],
    [
      'matMul',
      'float32',
      'sums',
      (b) => {
        const flat = b.reshape(half(b), { shape: [channels, 16] })
        return b.matMul(b.input('m', [2, channels]), flat)
      },
    ],
    [
      'mul',
      'float32',
      'is a square',
      (b) => {
        const x = half(b)
        return b.mul(x, x)
      },
    ],
    ['mul', 'float16', 'has halves alone', (b) => b.mul(half(b), half(b, 'y', 2))],
    ['mul', 'float16', 'has a fitting constant', (b) => b.mul(half(b), 0.5)],
    ['mul', 'float32', 'has a constant too small for halves', (b) => b.mul(half(b), 1e-8)],
    ['mul', 'float32', 'has a constant too large for halves', (b) => b.mul(half(b), 1e5)],
    ['mul', 'float16', 'has a factor a channel', (b) => b.mul(half(b), b.input('s', [1, channels, 1, 1]))],
    ['mul', 'float32', 'has a factor a place', (b) => b.mul(half(b), b.input('s', [1, 1, 4, 4]))],
    ['mul', 'float32', 'has a factor for all', (b) => b.mul(half(b), b.input('s', []))],
    ['add', 'float16', 'adds', (b) => b.add(half(b), b.input('n', [4, 4]))],
    ['sub', 'float32', 'may cancel', (b) => b.sub(half(b), b.input('n', [4, 4]))],
    ['conv', 'float32', 'has weights too large for halves', (b) => half(b, 'x', 1e6)],
    [
      'conv',
      'float32',
      'gives a picture',
      (b) => {
        const x = b.input('x', [1, channels, 4, 4])
        return b.conv(x, b.constant(weights([3, channels, 1, 1]), 'weight'), {})
      },
    ],
  ])('%s is computed in %s where it %s', (op, type, _why, build) => {
    expect(typeOf(op, build)).toBe(type)
  })

  test('keeps float32 for inputs and outputs, unique names, and types that the ops agree with', () => {
    const { outputs, values } = rewritten((b) => {
      const x = half(b)
      const active = b.leakyRelu(b.add(x, b.input('noise', [4, 4])), { alpha: 0.2 })
      const pooled = b.maxPool(active, { size: 2 })
      const loss = b.reduceSum(b.mul(pooled, pooled), { keep: false })
      const input = b.values.find(({ name }) => name === 'x')!
      return { active, loss, slope: gradients(b, loss, [input])[0]! }
    })
    expect(Object.values(outputs).map(({ dtype }) => dtype)).toEqual(['float32', 'float32', 'float32'])
    expect(new Set(values.map(({ name }) => name)).size).toBe(values.length)
    expect(values.filter(({ dtype }) => dtype === 'float16').length).toBeGreaterThan(10)
    for (const { name, source, dtype, shape } of values) {
      if (source.kind === 'input') expect(dtype, name).toBe('float32')
      if (source.kind !== 'node') continue
      const row = ops[source.op as keyof typeof ops] as unknown as Op<readonly Operand[], unknown>
      expect(row.infer(source.inputs as never, source.attributes), name).toEqual({ dtype, shape })
    }
  })

  test('halves the model, gradient included', () => {
    const b = createBuilder()
    const x = b.input('x', [1, 64, 4, 4])
    const y = b.conv(x, b.constant(weights([64, 64, 3, 3]), 'weight'), { padding: { before: 1, after: 1 } })
    const loss = b.reduceSum(b.mul(y, y), { keep: false })
    const outputs = { slope: gradients(b, loss, [x])[0]! }
    const size = ({ graph, constants }: Model) =>
      [graph, ...constants.values()].reduce((sum, { length }) => sum + length, 0)
    expect(size(serialise(halfPrecision(outputs)))).toBeLessThan(0.52 * size(serialise(outputs)))
  })
})

describe('a step in halves', () => {
  const halves = fromFloat16(Uint16Array.from({ length: 0x10000 }, (_, bits) => bits)).filter(Number.isFinite)

  /** What HardSigmoid gives for x where every result is rounded to half, for the graph's slope and offset. */
  function computed(at: number, down: boolean): (x: number) => number {
    const b = createBuilder()
    const x = { ...b.input('x', [1]), dtype: 'float16' as const }
    const { attributes } = ops.step.lower!({ at, down }, [x]) as {
      attributes: Record<'alpha' | 'beta', { float: number }>
    }
    const [slope, offset] = [attributes.alpha.float, attributes.beta.float].map(roundedToFloat16)
    return (x) => Math.max(0, Math.min(1, roundedToFloat16(roundedToFloat16(slope! * x) + offset!)))
  }

  test.each([0, 1, 2, 256, 256 * Math.SQRT2, 1000.3, 60000])('at %d tells all halves apart', (at) => {
    const place = roundedToFloat16(at)
    for (const down of [false, true]) {
      const step = computed(at, down)
      const wrong = halves.filter((x) => {
        // Of those that nearly vanish, the sign may count by halves.
        if (at === 0 && Math.abs(x) < 2 ** -15) return !(step(x) >= 0 && step(x) < 1)
        return step(x) !== ((down ? x < place : x > place) ? 1 : 0)
      })
      expect([...wrong]).toEqual([])
    }
  })
})
