import type { Builder } from '../../src/engine/graph/builder.ts'
import { convolvedExtent } from '../../src/engine/graph/kernel.ts'
import type { DifferentiableOpName } from '../../src/engine/graph/ops/index.ts'
import { transposedConvolution } from '../../src/engine/graph/transposed-convolution.ts'
import type { Value } from '../../src/engine/graph/value.ts'
import { type Shape, sizeOf } from '../../src/engine/tensor.ts'
import { anywhere, distinct, nonZero, positive, type Sample, seededRandom, whole } from './samples.ts'

/** One use of an op, whose gradients for all its inputs are checked. */
export interface Case {
  readonly name: string
  readonly inputs: readonly Sample[]
  readonly build: (b: Builder, inputs: readonly Value[]) => Value
  /**
   * `differences`: central differences, all in float64. `mixed`: the same, but the CPU runtime lacks a float64
   * kernel that the gradient needs, which is computed in float32. `adjoint`: the op is linear and has no float64
   * kernel; it is held by <J v, u> = <v, J^T u> in float32.
   */
  readonly method?: 'differences' | 'mixed' | 'adjoint'
}

type Build1 = (b: Builder, x: Value) => Value
type Build2 = (b: Builder, x: Value, y: Value) => Value

function unary(name: string, x: Sample, build: Build1, method: Case['method'] = 'differences'): Case {
  return { name, inputs: [x], method, build: (b, [v]) => build(b, v!) }
}

function binary(name: string, x: Sample, y: Sample, build: Build2): Case {
  return { name, inputs: [x, y], build: (b, [v, w]) => build(b, v!, w!) }
}

/** Shapes that broadcast with one another in every way: missing axes, axes of 1 on either side or both. */
const broadcasting: readonly Shape[] = [[], [1], [3], [1, 1], [2, 1], [2, 3], [1, 2, 1], [2, 1, 3], [2, 2, 3]]

/** Every ordered pair of `broadcasting` that fits, and a number on either side. */
function broadcasts(build: Build2, x: typeof anywhere, y: typeof anywhere): Case[] {
  const fits = (a: Shape, b: Shape) =>
    a.every((extent, axis) => {
      const other = b[axis - a.length + b.length] ?? 1
      return extent === other || extent === 1 || other === 1
    })
  const pairs = broadcasting.flatMap((a) => broadcasting.map((b) => [a, b] as const))
  return [
    ...pairs
      .filter(([a, b]) => fits(a, b))
      .map(([a, b]) => binary(`[${a}] with [${b}]`, x(...a), y(...b), build)),
    binary('a value with itself', x(2, 3), y(2, 3), (b, v, w) => b.add(build(b, w, w), v)),
  ]
}

/** A float32 weight of small whole numbers, so that convolutions are exact. */
function weight(b: Builder, ...shape: Shape): Value {
  const data = Float32Array.from(whole(...shape).draw(seededRandom(sizeOf(shape))))
  return b.constant({ dtype: 'float32', shape, data }, 'weight')
}

interface Layout {
  readonly extent: number
  readonly size: number
  readonly stride?: number
  readonly padding?: readonly [before: number, after: number]
  readonly groups?: number
}

/** By the picture, and by the weight. */
function convolutions(layout: Layout): Case[] {
  const { extent, size, stride = 1, padding: [before, after] = [0, 0], groups = 1 } = layout
  const name = `${extent} by ${size}, stride ${stride}, padding ${before} and ${after}, groups ${groups}`
  const picture = [2, 2 * groups, extent, extent]
  const kernel = [3 * groups, 2, size, size]
  const attributes = { stride, padding: { before, after }, groups }
  return [
    unary(name, whole(...picture), (b, x) => b.conv(x, weight(b, ...kernel), attributes), 'adjoint'),
    unary(
      `${name}, by its weight`,
      whole(...kernel),
      (b, w) => b.conv(weight(b, ...picture), w, attributes),
      'adjoint',
    ),
  ]
}

/** A transposed convolution, by its weight. */
function spread(stride: number, size: number, extents: readonly [number, number], groups: number): Case {
  const padding = { before: 1, after: 0 }
  const [height, width] = extents.map((extent) => convolvedExtent(extent, size, stride, padding))
  return unary(
    `the weight of one with ${size} taps, stride ${stride}, groups ${groups}, to ${extents}`,
    whole(2 * groups, 3, size, size),
    (b, w) =>
      transposedConvolution(b, weight(b, 1, 2 * groups, height!, width!), w, {
        ...{ stride, padding, groups, extents },
      }),
    'adjoint',
  )
}

const reductions: readonly { readonly axes?: readonly number[]; readonly keep?: boolean }[] = [
  {},
  { keep: false },
  { axes: [1] },
  { axes: [0, 2], keep: false },
  { axes: [-1] },
  { axes: [] },
]

function reduced(op: 'reduceSum' | 'reduceMean' | 'reduceMax' | 'reduceMin'): Case[] {
  return [
    ...reductions.map((reduction) =>
      unary(JSON.stringify(reduction), distinct(2, 3, 2), (b, x) => b[op](x, reduction)),
    ),
    unary('a scalar', anywhere(), (b, x) => b[op](x, {})),
  ]
}

/** At least one case for every op that passes a gradient; it does not compile without. */
export const cases: { readonly [K in DifferentiableOpName]: readonly [Case, ...Case[]] } = {
  add: [
    binary('numbers', anywhere(3), anywhere(3), (b, x, y) => b.add(b.add(x, 0.5), b.add(-2, y))),
    ...broadcasts((b, x, y) => b.add(x, y), anywhere, anywhere),
  ],
  sub: [
    binary('numbers', anywhere(3), anywhere(3), (b, x, y) => b.sub(b.sub(x, 0.5), b.sub(-2, y))),
    ...broadcasts((b, x, y) => b.sub(x, y), anywhere, anywhere),
  ],
  mul: [
    binary('numbers', anywhere(3), anywhere(3), (b, x, y) => b.mul(b.mul(x, 0.5), b.mul(-2, y))),
    ...broadcasts((b, x, y) => b.mul(x, y), anywhere, anywhere),
  ],
  div: [
    binary('numbers', nonZero(3), nonZero(3), (b, x, y) => b.div(b.div(x, 0.5), b.div(-2, y))),
    ...broadcasts((b, x, y) => b.div(x, y), anywhere, nonZero),
  ],
  neg: [unary('-x', anywhere(2, 3), (b, x) => b.neg(x))],
  exp: [unary('e^x', anywhere(2, 3), (b, x) => b.exp(x))],
  log: [unary('ln x', positive(2, 3), (b, x) => b.log(x))],
  abs: [unary('|x|', nonZero(2, 3), (b, x) => b.abs(x))],
  sqrt: [
    unary('root', positive(2, 3), (b, x) => b.sqrt(x)),
    unary('norm', anywhere(2, 3), (b, x) => b.sqrt(b.reduceSum(b.mul(x, x), { axes: [1] }))),
  ],
  sigmoid: [unary('1/(1+e^-x)', anywhere(2, 3), (b, x) => b.sigmoid(x))],
  tanh: [unary('tanh x', anywhere(2, 3), (b, x) => b.tanh(x))],
  softplus: [unary('ln(1+e^x)', anywhere(2, 3), (b, x) => b.softplus(x))],
  relu: [unary('max(x, 0)', nonZero(2, 3), (b, x) => b.relu(x))],
  leakyRelu: [
    unary('slope 0.2', nonZero(2, 3), (b, x) => b.leakyRelu(x, { alpha: 0.2 })),
    unary('slope 0.5', nonZero(3), (b, x) => b.leakyRelu(x, { alpha: 0.5 })),
  ],
  clip: [unary('to -0.7 and 0.8', distinct(4, 4), (b, x) => b.clip(x, { low: -0.7, high: 0.8 }))],
  where: broadcasting.map(
    (shape): Case => ({
      name: `[${shape}] with [2,3]`,
      inputs: [nonZero(2, 3), anywhere(...shape), anywhere(3)],
      build: (b, [condition, x, y]) => b.where(b.greater(condition!, 0), x!, y!),
    }),
  ) as [Case, ...Case[]],
  affine: [
    {
      name: 'a number of each a channel',
      inputs: [anywhere(2, 3, 2, 1), anywhere(3), anywhere(3)],
      build: (b, [x, scale, shift]) => b.affine(x!, scale!, shift!),
    },
  ],
  reduceSum: reduced('reduceSum') as [Case, ...Case[]],
  reduceMean: reduced('reduceMean') as [Case, ...Case[]],
  reduceMax: reduced('reduceMax') as [Case, ...Case[]],
  reduceMin: reduced('reduceMin') as [Case, ...Case[]],
  reshape: [
    unary('to other axes', anywhere(2, 3, 2), (b, x) => b.reshape(x, { shape: [4, 3] })),
    unary('to a scalar', anywhere(1, 1), (b, x) => b.reshape(x, { shape: [] })),
  ],
  scaled: [unary('a third', anywhere(2, 3), (b, x) => b.scaled(x, { factor: 1 / 3 }))],
  reduceSumOfSquares: [
    unary('all', anywhere(2, 3), (b, x) => b.reduceSumOfSquares(x, {})),
    unary('some axes', anywhere(2, 3, 2), (b, x) => b.reduceSumOfSquares(x, { axes: [0, 2], keep: false })),
    unary('some axes, kept', anywhere(2, 3, 2), (b, x) => b.reduceSumOfSquares(x, { axes: [1] })),
  ],
  transpose: [
    unary('a matrix', anywhere(2, 3), (b, x) => b.transpose(x, { order: [1, 0] })),
    unary('a cycle of axes', anywhere(2, 3, 4), (b, x) => b.transpose(x, { order: [2, 0, 1] })),
  ],
  expand: [
    unary('a scalar', anywhere(), (b, x) => b.expand(x, { shape: [2, 3] })),
    unary('two axes', anywhere(1, 3, 1), (b, x) => b.expand(x, { shape: [2, 4, 3, 2] })),
  ],
  concat: [
    binary('rows', anywhere(2, 3), anywhere(1, 3), (b, x, y) => b.concat([x, y], { axis: 0 })),
    binary('a value twice', anywhere(2, 3), anywhere(2, 1), (b, x, y) => b.concat([x, y, x], { axis: 1 })),
    unary('one value', anywhere(2, 3), (b, x) => b.concat([x], { axis: 1 })),
  ],
  slice: [
    unary('the middle', anywhere(2, 5, 2), (b, x) => b.slice(x, { axis: 1, start: 1, end: 4 })),
    unary('all', anywhere(3), (b, x) => b.slice(x, { axis: 0, start: 0, end: 3 })),
  ],
  pad: [
    unary('both sides', anywhere(2, 3, 2), (b, x) => b.pad(x, { axis: 1, before: 1, after: 2 })),
    unary('nothing', anywhere(3), (b, x) => b.pad(x, { axis: 0, before: 0, after: 0 })),
  ],
  depthToSpace: [
    unary('blocks of 2', anywhere(2, 8, 1, 3), (b, x) => b.depthToSpace(x, { block: 2 })),
    unary('blocks of 3', anywhere(1, 9, 2, 1), (b, x) => b.depthToSpace(x, { block: 3 })),
  ],
  cast: [
    unary(
      'to float64 and back',
      whole(2, 3),
      (b, x) => b.cast(b.mul(b.cast(x, { dtype: 'float64' }), 3), { dtype: 'float32' }),
      'adjoint',
    ),
  ],
  matMul: [
    binary('matrices', anywhere(2, 3), anywhere(3, 4), (b, x, y) => b.matMul(x, y)),
    binary('stacks', anywhere(2, 2, 3), anywhere(2, 3, 1), (b, x, y) => b.matMul(x, y)),
    binary('a stack and a matrix', anywhere(2, 2, 3), anywhere(3, 2), (b, x, y) => b.matMul(x, y)),
    binary('a matrix and a stack', anywhere(1, 3), anywhere(2, 1, 3, 2), (b, x, y) => b.matMul(x, y)),
    binary('stacks that broadcast', anywhere(2, 1, 1, 3), anywhere(3, 3, 2), (b, x, y) => b.matMul(x, y)),
  ],
  rowProducts: [binary('matrices', anywhere(2, 3), anywhere(4, 3), (b, x, y) => b.rowProducts(x, y))],
  averagePool: [
    unary('windows of 2', whole(2, 2, 4, 6), (b, x) => b.averagePool(x, { size: 2 }), 'adjoint'),
    unary('windows of 3', whole(1, 2, 3, 6), (b, x) => b.averagePool(x, { size: 3 }), 'adjoint'),
  ],
  maxPool: [
    unary('windows of 2', distinct(2, 2, 4, 2), (b, x) => b.maxPool(x, { size: 2 }), 'mixed'),
    unary('windows of 3', distinct(1, 2, 3, 6), (b, x) => b.maxPool(x, { size: 3 }), 'mixed'),
  ],
  upsample: [
    unary('twice', whole(2, 2, 2, 3), (b, x) => b.upsample(x, { size: 2 }), 'adjoint'),
    unary('four times', whole(1, 2, 3, 1), (b, x) => b.upsample(x, { size: 4 }), 'adjoint'),
  ],
  conv: [
    unary('a point', whole(2, 3, 4, 5), (b, x) => b.conv(x, weight(b, 2, 3, 1, 1), {}), 'adjoint'),
    unary(
      'a wide picture',
      whole(1, 2, 3, 7),
      (b, x) => b.conv(x, weight(b, 2, 2, 3, 3), { padding: { before: 1, after: 1 } }),
      'adjoint',
    ),
    ...[1, 2, 3].flatMap((stride) =>
      [5, 6, 7, 8].flatMap((extent) => [
        ...convolutions({ extent, stride, size: 1 }),
        ...convolutions({ extent, stride, size: 2, padding: [1, 0] }),
        ...convolutions({ extent, stride, size: 3 }),
        ...convolutions({ extent, stride, size: 3, padding: [1, 1], groups: 2 }),
        ...convolutions({ extent, stride, size: 3, padding: [0, 2] }),
        ...convolutions({ extent, stride, size: 4, padding: [2, 1] }),
        ...convolutions({ extent, stride, size: 4, padding: [3, 3], groups: 3 }),
      ]),
    ),
    ...convolutions({ extent: 13, size: 7, stride: 2, padding: [3, 3] }),
    ...convolutions({ extent: 9, size: 7, padding: [3, 3] }),
    ...convolutions({ extent: 9, size: 3, stride: 4, padding: [1, 1] }),
  ],
  withGradient: [
    unary('a square and its root', positive(2, 3), (b, x) =>
      b.withGradient([b.sqrt(b.mul(x, x)), x], { gradient: (g) => [() => g] }),
    ),
    ...[1, 2, 3].flatMap((stride) => [
      spread(stride, 3, [9, 7], 1),
      spread(stride, 4, [8, 10], 1),
      spread(stride, 3, [7, 8], 2),
    ]),
  ],
}
