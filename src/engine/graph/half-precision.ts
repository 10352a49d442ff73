import { toFloat16 } from '../half.ts'
import type { Tensor } from '../tensor.ts'
import { reachable } from './onnx.ts'
import type { OpName } from './ops/index.ts'
import type { Value } from './value.ts'

type FloatType = 'float16' | 'float32'

/** The type in which a value is computed; what is made of constants alone takes the type that is asked for. */
type Choice = FloatType | 'either'

type Choices = ReadonlyMap<Value, Choice>
type Node = Extract<Value['source'], { kind: 'node' }>

/** Sums, and functions whose results leave the range of halves or need more digits than theirs. */
const exact: ReadonlySet<string> = new Set<OpName>([
  'reduceSum',
  'reduceMean',
  'reduceMax',
  'reduceMin',
  'matMul',
  'sqrt',
  'exp',
  'log',
])

/** What moves numbers and computes none. */
const layout: ReadonlySet<string> = new Set<OpName>([
  'reshape',
  'transpose',
  'expand',
  'concat',
  'slice',
  'pick',
  'pad',
])

/** Three, and twice two times as many before the phases of a picture of twice the size are interleaved. */
const pictureChannels = 12

/** The largest half, and the smallest that has all its digits (IEEE 754, binary16). */
const largestHalf = 65504
const smallestNormalHalf = 2 ** -14

/**
 * The same outputs, computed in float16 where that is fast and does little harm; inputs and outputs keep float32.
 *
 * Convolutions compute in halves, but for those that give pictures, and elementwise, layout and pooling ops in the
 * type of their operands. Reductions, products of matrices, roots, exponentials and squares stay in float32. Where
 * operands differ, the float32 one becomes half if the two are added or if it is one factor a channel; else the half
 * becomes float32. Constants take the type of their neighbours, so weights of convolutions are stored as halves,
 * unless halves cannot hold them.
 */
export function halfPrecision(outputs: Readonly<Record<string, Value>>): Record<string, Value> {
  const values = [...reachable(Object.values(outputs))].sort((a, b) => a.id - b.id)
  const choices = choicesOf(values)
  const written = new Map<string, Value>()

  /** Each value once a type. Names stay; where the type is another one, it is added. */
  function write(value: Value, dtype: Value['dtype'], sourceIn: () => Value['source']): Value {
    const name = dtype === value.dtype ? value.name : `${value.name}:${dtype}`
    const known = written.get(name)
    if (known !== undefined) return known
    const source = sourceIn()
    const made = { id: written.size, name, dtype, shape: value.shape, source }
    written.set(name, made)
    return made
  }

  /** The op with all its float operands in that type. */
  function computedIn({ op, inputs, attributes }: Node, dtype: FloatType): Node {
    return { kind: 'node', op, inputs: operandsOf(op, inputs).map((x) => as(x, dtype)), attributes }
  }

  /** The value in the type in which it is computed. */
  function own(value: Value): Value {
    const { source } = value
    if (source.kind !== 'node') return write(value, value.dtype, () => source)
    const dtype = choices.get(value) === 'float16' ? 'float16' : 'float32'
    return write(value, value.dtype === 'float32' ? dtype : value.dtype, () => computedIn(source, dtype))
  }

  /** The value in that type; what are no float32 stay as they are. */
  function as(value: Value, dtype: FloatType): Value {
    const { source } = value
    if (value.dtype !== 'float32') return own(value)
    if (choices.get(value) !== 'either') {
      const found = own(value)
      if (found.dtype === dtype) return found
      return write(value, dtype, () => ({ kind: 'node', op: 'cast', inputs: [found], attributes: { dtype } }))
    }
    return write(value, dtype, () => {
      if (source.kind === 'constant') return { kind: 'constant', tensor: tensorIn(source.tensor, dtype) }
      const node = computedIn(source as Node, dtype)
      return node.op === 'cast' ? { ...node, attributes: { dtype } } : node
    })
  }

  for (const value of values) if (choices.get(value) !== 'either') own(value)
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, as(value, 'float32')]))
}

/** All inputs but those that only a gradient rule reads; the gradients are built by now. */
function operandsOf(op: string, inputs: readonly Value[]): readonly Value[] {
  return op === 'withGradient' ? inputs.slice(0, 1) : inputs
}

function choicesOf(values: readonly Value[]): Choices {
  const choices = new Map<Value, Choice>()
  for (const value of values) {
    const { source } = value
    if (source.kind === 'node') choices.set(value, choiceOf(source, choices))
    else choices.set(value, source.kind === 'constant' ? choiceOfConstant(source.tensor) : 'float32')
  }
  return choices
}

/** Constants that halves cannot hold stay as they are: too large ones, or so small that they would lose digits. */
function choiceOfConstant({ dtype, data }: Tensor): Choice {
  if (dtype !== 'float32') return 'float32'
  const largest = (data as Float32Array).reduce((most, entry) => Math.max(most, Math.abs(entry)), 0)
  return largest === 0 || (largest >= smallestNormalHalf && largest <= largestHalf) ? 'either' : 'float32'
}

function choiceOf({ op, inputs }: Node, choices: Choices): Choice {
  if (op === 'conv') {
    const [, weight] = inputs as readonly [Value, Value]
    return choices.get(weight) === 'float32' || weight.shape[0]! <= pictureChannels ? 'float32' : 'float16'
  }
  if (exact.has(op) || (op === 'mul' && inputs[0] === inputs[1])) return 'float32'
  // Zeros and ones.
  if (op === 'cast' && inputs[0]!.dtype === 'bool') return 'either'
  const operands = operandsOf(op, inputs).filter(({ dtype }) => dtype === 'float32')
  const ofChoice = (choice: Choice) => operands.filter((operand) => choices.get(operand) === choice)
  const [halves, floats] = [ofChoice('float16'), ofChoice('float32')]
  if (halves.length + floats.length === 0) return layout.has(op) ? 'either' : 'float32'
  const agree = floats.length === 0 || mayRound(op, operands, halves, floats)
  return halves.length > 0 && agree ? 'float16' : 'float32'
}

/** Whether the float32 operands of an op may become half for the sake of the others. */
function mayRound(
  op: string,
  operands: readonly Value[],
  halves: readonly Value[],
  floats: readonly Value[],
) {
  if (op === 'add') return true
  if (op === 'affine') return halves.includes(operands[0]!)
  return op === 'mul' && halves.every((x) => floats.every((factor) => isFactorPerChannel(factor, x)))
}

/** Whether that is [1, C, 1, 1] beside [N, C, H, W]. */
function isFactorPerChannel(factor: Value, { shape }: Value): boolean {
  const [n, channels, height, width] = factor.shape
  return shape.length === 4 && n === 1 && channels === shape[1] && height === 1 && width === 1
}

function tensorIn(tensor: Tensor, dtype: FloatType): Tensor {
  if (dtype === tensor.dtype) return tensor
  return { dtype: 'float16', shape: tensor.shape, data: toFloat16(tensor.data as Float32Array) }
}
