import { MienError } from '../errors.ts'
import type { Shape } from '../tensor.ts'
import type { Builder } from './builder.ts'
import { channelSum } from './channel-sum.ts'
import type { ConstantRuleOp, GradientContext, GradientRule, Op } from './op.ts'
import { ops } from './ops/index.ts'
import type { Operand, Value } from './value.ts'

/**
 * Undoes broadcasting: sums over the axes along which `shape` was broadcast to `full`. `g` stands for what it
 * broadcasts to in `full`; where it has not even the extent, the sum is a product. The result broadcasts to `shape`.
 */
function sumTo(b: Builder, g: Value, shape: Shape, full: Shape): Value {
  const extents = full.map((_, axis) => g.shape[axis - full.length + g.shape.length] ?? 1)
  const broadcast = full.flatMap((extent, axis) =>
    extent !== 1 && (shape[axis - full.length + shape.length] ?? 1) === 1 ? [axis] : [],
  )
  const summed = broadcast.filter((axis) => extents[axis] !== 1)
  const copies = broadcast.reduce(
    (product, axis) => (extents[axis] === 1 ? product * full[axis]! : product),
    1,
  )
  const aligned = b.reshape(g, { shape: extents })
  const sum = summed.length === 0 ? aligned : sumOver(b, aligned, summed)
  return b.mul(b.reshape(sum, { shape: sum.shape.slice(full.length - shape.length) }), copies)
}

function sumOver(b: Builder, x: Value, axes: readonly number[]): Value {
  const isChannelSum = x.shape.length === 4 && x.shape[0] === 1 && axes.length === 1 && axes[0] === 1
  return isChannelSum ? channelSum(b, x) : b.reduceSum(x, { axes })
}

/** Whether one of the targets acts on `value` by a way that leads past all of `others`; `path` holds all such ways. */
function dependsBeside(
  path: ReadonlySet<Value>,
  targets: readonly Value[],
  value: Value,
  others: readonly Value[],
): boolean {
  const passed = new Set(others)
  const open = [value]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (passed.has(next) || !path.has(next)) continue
    if (targets.includes(next)) return true
    passed.add(next)
    if (next.source.kind === 'node') open.push(...next.source.inputs)
  }
  return false
}

/** The values on a path from one of the targets, the targets included. */
function dependents(values: readonly Value[], targets: readonly Value[]): ReadonlySet<Value> {
  const reached = new Set(targets)
  for (const value of values) {
    if (value.source.kind === 'node' && value.source.inputs.some((input) => reached.has(input)))
      reached.add(value)
  }
  return reached
}

/**
 * Gradients of a scalar for each of the targets, in their shapes; zeros where the loss does not depend on one.
 * Reverse-mode differentiation: visits only what lies between the targets and the loss.
 *
 * @throws MienError 'bad-graph' if the loss is no scalar or an op has no rule for an input on the path
 */
export function gradients(b: Builder, loss: Value, targets: readonly Value[]): Value[] {
  if (loss.shape.length !== 0) {
    throw new MienError('bad-graph', `The loss "${loss.name}" is no scalar.`, { name: loss.name })
  }
  const forward = b.values.slice(0, loss.id + 1)
  const path = dependents(forward, targets)
  const parts = new Map<Value, Value>([[loss, b.scalar(1, loss.dtype)]])
  const accumulate = (input: Value, part: Value) => {
    const before = parts.get(input)
    parts.set(input, before === undefined ? part : b.add(before, part))
  }
  for (const output of forward.reverse()) {
    const { source } = output
    const g = parts.get(output)
    if (g === undefined || source.kind !== 'node' || !path.has(output)) continue
    b.scope(`gradient.${output.name}`, () => {
      const { elementwise, rules } = rulesOf(b, output, g, (value, others) =>
        dependsBeside(path, targets, value, others),
      )
      source.inputs.forEach((input, place) => {
        if (!path.has(input)) return
        const rule = rules[place] ?? 'unwritten'
        if (rule === 'unwritten') {
          const where = `${source.op} "${output.name}"`
          throw new MienError('bad-graph', `${where} has no gradient rule for input ${place}.`, {
            name: output.name,
          })
        }
        if (rule === 'zero') return
        const part = rule()
        accumulate(input, sumTo(b, part, input.shape, elementwise ? output.shape : part.shape))
      })
    })
  }
  return targets.map((target) => {
    const part = parts.get(target)
    return part === undefined ? b.zeros(target.shape, target.dtype) : b.expand(part, { shape: target.shape })
  })
}

type AnyOp = Op<readonly Operand[], unknown> | ConstantRuleOp<readonly Operand[], unknown>

function rulesOf(
  b: Builder,
  output: Value,
  g: Value,
  dependsBeside: GradientContext<readonly Operand[], unknown>['dependsBeside'],
): { readonly elementwise: boolean; readonly rules: readonly GradientRule[] } {
  if (output.source.kind !== 'node') return { elementwise: false, rules: [] }
  const { op, inputs, attributes } = output.source
  const row = (ops as unknown as Readonly<Record<string, AnyOp>>)[op]
  if (row === undefined) {
    throw new MienError('bad-graph', `"${output.name}" is of the unknown op ${op}.`, { name: output.name })
  }
  const { elementwise = false, gradient } = row
  if (typeof gradient === 'string') return { elementwise, rules: inputs.map(() => gradient) }
  const whole = elementwise ? g : b.expand(g, { shape: output.shape })
  const context = { b, g: whole, inputs: inputs as never, output, attributes, dependsBeside }
  return { elementwise, rules: gradient(context) }
}
