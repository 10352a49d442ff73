import { MienError } from '../errors.ts'
import type { Shape } from '../tensor.ts'
import type { Builder } from './builder.ts'
import type { GradientRule, Op } from './op.ts'
import { ops } from './ops/index.ts'
import type { Operand, Value } from './value.ts'

/** Sums over the axes along which `shape` was broadcast to the shape of `g`. */
export function sumTo(b: Builder, g: Value, shape: Shape): Value {
  const extra = g.shape.length - shape.length
  const axes = g.shape.flatMap((extent, axis) =>
    axis < extra || (shape[axis - extra] === 1 && extent !== 1) ? [axis] : [],
  )
  return axes.length === 0 ? g : b.reshape(b.reduceSum(g, { axes }), { shape })
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
      const rules = rulesOf(b, output, g)
      source.inputs.forEach((input, place) => {
        if (!path.has(input)) return
        const rule = rules[place]
        if (rule === undefined) {
          const where = `${source.op} "${output.name}"`
          throw new MienError('bad-graph', `${where} has no gradient rule for input ${place}.`, {
            name: output.name,
          })
        }
        if (rule !== 'stop') accumulate(input, sumTo(b, rule(), input.shape))
      })
    })
  }
  return targets.map((target) => parts.get(target) ?? b.zeros(target.shape, target.dtype))
}

function rulesOf(b: Builder, output: Value, g: Value): readonly GradientRule[] {
  if (output.source.kind !== 'node') return []
  const { op, inputs, attributes } = output.source
  const row = (ops as unknown as Readonly<Record<string, Op<readonly Operand[], unknown>>>)[op]
  if (row === undefined) {
    throw new MienError('bad-graph', `"${output.name}" is of the unknown op ${op}.`, { name: output.name })
  }
  if ((row.gradient as unknown) === 'stop') return inputs.map(() => 'stop')
  return row.gradient({ b, g, inputs: inputs as never, output, attributes })
}
