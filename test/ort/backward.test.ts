import { describe, expect, test } from 'vitest'
import type { MienError } from '../../src/engine/errors.ts'
import { gradients } from '../../src/engine/graph/backward.ts'
import { type Builder, createBuilder } from '../../src/engine/graph/builder.ts'
import { serialise } from '../../src/engine/graph/onnx.ts'
import { transposedConvolution } from '../../src/engine/graph/transposed-convolution.ts'
import type { Value } from '../../src/engine/graph/value.ts'
import type { Shape } from '../../src/engine/tensor.ts'
import { evaluate, numbersOf, tensorOf } from './run-graph.ts'

function total(b: Builder, value: Value): Value {
  return b.reduceSum(value, { keep: false })
}

/** The gradient of sum(build(x)) for x with the given elements. */
async function slope(build: (b: Builder, x: Value) => Value, shape: Shape, numbers: readonly number[]) {
  const b = createBuilder()
  const x = b.input('x', shape)
  const [gradient] = gradients(b, total(b, build(b, x)), [x])
  return numbersOf(
    (await evaluate({ gradient: gradient! }, { x: tensorOf('float32', shape, numbers) })).gradient,
  )
}

describe('paths from the loss to the targets', () => {
  test('a value that is used several times gets the sum', async () => {
    const cube = (b: Builder, x: Value) => b.sub(b.mul(b.mul(x, x), x), x)
    expect(await slope(cube, [3], [1, 2, -3])).toEqual([2, 11, 26])
  })

  test('a chain of many uses stays linear in size', () => {
    const b = createBuilder()
    const x = b.input('x', [])
    let y = x
    for (let i = 0; i < 100; i++) y = b.add(y, b.mul(y, y))
    gradients(b, y, [x])
    expect(b.values.length).toBeLessThan(1500)
  })

  test('a target that the loss does not depend on gets zeros in its shape', async () => {
    const b = createBuilder()
    const x = b.input('x', [2])
    const lonely = b.input('lonely', [2, 1, 3])
    const [gradient] = gradients(b, total(b, x), [lonely])
    const { result } = await evaluate({ result: gradient! })
    expect(result).toMatchObject({ shape: [2, 1, 3] })
    expect(numbersOf(result)).toEqual([0, 0, 0, 0, 0, 0])
  })

  test('the loss itself has the gradient 1', async () => {
    const b = createBuilder()
    const x = b.input('x', [])
    expect(numbersOf((await evaluate({ one: gradients(b, x, [x])[0]! })).one)).toEqual([1])
  })

  test('an inner value can be a target', async () => {
    const b = createBuilder()
    const x = b.input('x', [2])
    const inner = b.mul(x, 3)
    const [gradient] = gradients(b, total(b, b.mul(inner, inner)), [inner])
    const { result } = await evaluate({ result: gradient! }, { x: tensorOf('float32', [2], [1, -2]) })
    expect(numbersOf(result)).toEqual([6, -12])
  })

  test('nothing is built for inputs that no target needs', () => {
    const b = createBuilder()
    const x = b.input('x', [2])
    const other = b.exp(b.input('other', [2]))
    const loss = b.mul(total(b, b.mul(x, other)), 2)
    const before = b.values.length
    gradients(b, loss, [x])
    const added = b.values
      .slice(before)
      .map(({ source }) => (source.kind === 'node' ? source.op : source.kind))
    expect(added).not.toContain('exp')
    expect(added.filter((op) => op === 'mul')).toHaveLength(1)
  })

  test.each<readonly [name: string, build: (b: Builder, x: Value) => Value, slopes: readonly number[]]>([
    ['a comparison', (b, x) => b.mul(b.cast(b.greater(x, 1), { dtype: 'float32' }), x), [0, 0, 1]],
    ['a condition', (b, x) => b.where(b.equal(x, 1), x, 5), [0, 1, 0]],
    ['a sign', (b, x) => b.mul(b.sign(b.sub(x, 1)), x), [-1, 0, 1]],
    ['a step', (b, x) => b.mul(b.step(x, { at: 1 }), x), [0, 0, 1]],
    [
      'a value of a hand-written gradient',
      (b, x) => b.withGradient([b.exp(x), x], { gradient: () => [() => x] }),
      [0, 1, 2],
    ],
  ])('%s passes no gradient', async (_, build, slopes) => {
    expect(await slope(build, [3], [0, 1, 2])).toEqual(slopes)
  })

  test('two losses share one graph, and a gradient has a gradient', async () => {
    const b = createBuilder()
    const x = b.input('x', [3], 'float64')
    const first = total(b, b.mul(b.mul(x, x), x))
    const [one] = gradients(b, first, [x])
    const [two] = gradients(b, total(b, b.exp(x)), [x])
    const [curvature] = gradients(b, total(b, one!), [x])
    const results = await evaluate(
      { one: one!, two: two!, curvature: curvature! },
      { x: tensorOf('float64', [3], [1, 0, -2]) },
    )
    expect(numbersOf(results.one)).toEqual([3, 0, 12])
    expect(numbersOf(results.two)).toEqual([Math.E, 1, Math.exp(-2)].map((x) => expect.closeTo(x, 14)))
    expect(numbersOf(results.curvature)).toEqual([6, 0, -12])
  })
})

describe('ties, kinks and zeros', () => {
  test.each(['reduceMax', 'reduceMin'] as const)('%s shares its gradient among ties', async (op) => {
    const sign = op === 'reduceMax' ? 1 : -1
    const row = [2, 5, 5, 1, 5, 0].map((x) => x * sign)
    const share = [0, 1, 1, 0, 1, 0].map((x) => expect.closeTo(x / 3, 6))
    expect(await slope((b, x) => b[op](x, {}), [6], row)).toEqual(share)
    expect(await slope((b, x) => b[op](x, { axes: [1], keep: false }), [2, 3], row)).toEqual([
      0, 0.5, 0.5, 0, 1, 0,
    ])
  })

  test('maxPool shares its gradient within each window', async () => {
    const x = [1, 1, 0, 7, 0, 1, 7, 7]
    const third = expect.closeTo(1 / 3, 6)
    const share = [third, third, 0, third, 0, third, third, third]
    expect(await slope((b, v) => b.maxPool(v, { size: 2 }), [1, 1, 2, 4], x)).toEqual(share)
  })

  test('every copy of an upscaled minimum gets its sixteenth, and the source all of it', async () => {
    const least = (b: Builder, x: Value) => b.reduceMin(b.upsample(x, { size: 4 }), {})
    expect(await slope(least, [1, 1, 2, 2], [3, -1, 4, 2])).toEqual([0, 1, 0, 0])
    expect(await slope(least, [1, 1, 2, 2], [3, -1, 4, -1])).toEqual([0, 0.5, 0, 0.5])
  })

  test('max and min of a picture of one colour cancel in their difference', async () => {
    const range = (b: Builder, x: Value) => b.sub(b.reduceMax(x, {}), b.reduceMin(x, {}))
    expect(await slope(range, [1, 1, 2, 2], [0, 0, 0, 0])).toEqual([0, 0, 0, 0])
  })

  test('a norm of zeros has gradient 0', async () => {
    const norm = (b: Builder, x: Value) => b.sqrt(b.reduceSum(b.mul(x, x), { axes: [1] }))
    expect(await slope(norm, [2, 2], [0, 0, 3, 4])).toEqual([
      0,
      0,
      expect.closeTo(0.6, 6),
      expect.closeTo(0.8, 6),
    ])
  })

  test('unit vectors stay finite where the vector is 0', async () => {
    const unit = (b: Builder, x: Value) =>
      b.div(x, b.add(b.sqrt(b.reduceSum(b.mul(x, x), { axes: [1] })), 1e-10))
    for (const entry of await slope(unit, [1, 3], [0, 0, 0])) expect(Number.isFinite(entry)).toBe(true)
  })

  test('a guarded division by 0 has gradient 0', async () => {
    const ratio = (b: Builder, x: Value) => {
      const most = b.reduceMax(x, {})
      return b.div(x, b.where(b.greater(most, 0), most, 1))
    }
    for (const entry of await slope(ratio, [3], [0, 0, 0])) expect(Number.isFinite(entry)).toBe(true)
  })

  test('kinks: |0| and max(0, 0) have slope 0, a clip passes on its limits', async () => {
    expect(await slope((b, x) => b.abs(x), [3], [-2, 0, 2])).toEqual([-1, 0, 1])
    expect(await slope((b, x) => b.relu(x), [3], [-2, 0, 2])).toEqual([0, 0, 1])
    expect(await slope((b, x) => b.clip(x, { low: -1, high: 1 }), [4], [-2, -1, 1, 2])).toEqual([0, 1, 1, 0])
  })
})

describe('errors name the op and the node', () => {
  function faultOf(build: () => unknown): MienError {
    try {
      build()
    } catch (error) {
      return error as MienError
    }
    throw new Error('nothing was refused')
  }

  function refused(build: () => unknown, name: string, message: RegExp) {
    const fault = faultOf(build)
    expect(fault).toMatchObject({ name: 'MienError', code: 'bad-graph', place: { name } })
    expect(fault.message).toMatch(message)
  }

  /** A value of an op that the builder would not make. */
  function forged(b: Builder, op: string, inputs: readonly Value[]): Value {
    const value: Value = {
      id: b.values.length,
      name: 'scope.forged',
      dtype: 'float32',
      shape: [],
      source: { kind: 'node', op, inputs, attributes: undefined },
    }
    ;(b.values as Value[]).push(value)
    return value
  }

  test('a loss that is no scalar', () => {
    const b = createBuilder()
    const x = b.input('picture', [2])
    refused(() => gradients(b, x, [x]), 'picture', /"picture" is no scalar/)
  })

  test('an op that is not in the table', () => {
    const b = createBuilder()
    const x = b.input('x', [])
    const loss = forged(b, 'conjure', [x])
    refused(() => gradients(b, loss, [x]), 'scope.forged', /conjure/)
    refused(() => serialise({ loss }), 'scope.forged', /conjure/)
  })

  test('an input without a gradient rule', () => {
    const b = createBuilder()
    const x = b.input('x', [])
    const loss = forged(b, 'neg', [b.scalar(1), x])
    refused(
      () => gradients(b, loss, [x]),
      'scope.forged',
      /^neg "scope\.forged" has no gradient rule for input 1/,
    )
  })

  const picture: Shape = [1, 2, 6, 6]

  test.each<
    readonly [name: string, input: number, shape: Shape, build: (b: Builder, weight: Value) => Value]
  >([['pick', 0, [3], (b, weight) => b.pick(weight, { axis: 0, start: 2, step: -1, count: 3 })]])(
    '%s, whose rule for input %i is unwritten',
    (name, input, shape, build) => {
      const b = createBuilder()
      const weight = b.input('weight', shape)
      const loss = b.scope('layer', () => total(b, build(b, weight)))
      const message = new RegExp(`^${name} "layer\\.${name}" has no gradient rule for input ${input}\\.`)
      refused(() => gradients(b, loss, [weight]), `layer.${name}`, message)
    },
  )

  test('a hand-written gradient that leaves out what is asked for', () => {
    const b = createBuilder()
    const [x, weight] = [b.input('x', picture), b.input('weight', picture)]
    const product = b.withGradient([b.mul(x, weight), x], { gradient: (g) => [() => b.mul(g, weight)] })
    refused(
      () => gradients(b, total(b, product), [x, weight]),
      product.name,
      /^withGradient ".*" has no gradient rule for input 0\./,
    )
    expect(gradients(b, total(b, product), [x])[0]!.shape).toEqual(x.shape)
  })

  test('two inputs, or an output and a value, of one name', () => {
    const b = createBuilder()
    const x = b.input('x', [])
    refused(() => b.input('x', []), 'x', /two inputs/)
    refused(() => serialise({ x }), 'x', /"x"/)
  })

  test('a transposed convolution to extents that do not fit', () => {
    const b = createBuilder()
    const y = b.input('y', [1, 2, 4, 4])
    const weight = b.constant({ dtype: 'float32', shape: [2, 1, 3, 3], data: new Float32Array(18) }, 'kernel')
    refused(() => transposedConvolution(b, y, weight, { extents: [6, 7] }), 'kernel', /7 elements/)
  })

  const misfits: readonly (readonly [op: string, build: (b: Builder, x: Value) => Value])[] = [
    ['add', (b, x) => b.add(x, b.input('y', [2, 1]))],
    ['mul', (b, x) => b.mul(x, b.input('y', [2, 3, 1], 'float64'))],
    ['where', (b, x) => b.where(x, x, x)],
    ['matMul', (b, x) => b.matMul(x, x)],
    ['reshape', (b, x) => b.reshape(x, { shape: [7] })],
    ['transpose', (b, x) => b.transpose(x, { order: [0, 1] })],
    ['transpose', (b, x) => b.transpose(x, { order: [0, 1, 1] })],
    ['expand', (b, x) => b.expand(x, { shape: [2, 3] })],
    ['expand', (b, x) => b.expand(x, { shape: [2, 3, 1, 3] })],
    ['concat', (b, x) => b.concat([x, b.input('y', [2, 2, 1])], { axis: 0 })],
    ['concat', (b, x) => b.concat([x], { axis: -1 })],
    ['concat', (b) => b.concat([], { axis: 0 })],
    ['slice', (b, x) => b.slice(x, { axis: 1, start: 2, end: 4 })],
    ['slice', (b, x) => b.slice(x, { axis: 3, start: 0, end: 1 })],
    ['pick', (b, x) => b.pick(x, { axis: 1, start: 1, step: -1, count: 3 })],
    ['pad', (b, x) => b.pad(x, { axis: 0, before: -1, after: 0 })],
    ['reduceSum', (b, x) => b.reduceSum(x, { axes: [3] })],
    ['reduceMax', (b, x) => b.reduceMax(x, { axes: [0, -3] })],
    ['depthToSpace', (b) => b.depthToSpace(b.input('y', [1, 6, 2, 2]), { block: 2 })],
    ['averagePool', (b) => b.averagePool(b.input('y', [1, 1, 3, 4]), { size: 2 })],
    ['maxPool', (b, x) => b.maxPool(x, { size: 1 })],
    ['upsample', (b, x) => b.upsample(x, { size: 2 })],
    ['affine', (b) => b.affine(b.input('y', [1, 2, 4, 4]), b.input('s', [3]), b.input('t', [2]))],
    ['conv', (b) => b.conv(b.input('y', [1, 3, 4, 4]), b.input('w', [2, 2, 3, 3]), {})],
    ['conv', (b) => b.conv(b.input('y', [1, 2, 2, 2]), b.input('w', [2, 2, 3, 3]), {})],
  ]

  test.each(misfits)('%s with shapes that do not fit', (op, build) => {
    const b = createBuilder()
    const x = b.input('x', [2, 3, 1])
    refused(() => b.scope('block', () => build(b, x)), `block.${op}`, new RegExp(`^${op} "block\\.${op}": `))
  })
})
