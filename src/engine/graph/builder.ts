import { MienError } from '../errors.ts'
import type { FloatTensor, Shape, Tensor } from '../tensor.ts'
import { type ConstantRuleOp, type Op, ShapeFault } from './op.ts'
import { ops } from './ops/index.ts'
import { constantOf, filled, type Operand, type Source, type Value, type ValueDType } from './value.ts'

type MethodOf<Row> = Row extends
  | Op<infer Args, infer Attributes>
  | ConstantRuleOp<infer Args, infer Attributes>
  ? [Attributes] extends [undefined]
    ? (...operands: Args) => Value
    : (...operands: [...Args, attributes: Attributes]) => Value
  : never

type OpMethods = { readonly [K in keyof typeof ops]: MethodOf<(typeof ops)[K]> }

/** Builds a graph: one method an op of the table, and these. */
export interface Builder extends OpMethods {
  /** All values in order of creation. */
  readonly values: readonly Value[]
  input(name: string, shape: Shape, dtype?: ValueDType): Value
  /** A constant that later steps can fold; `name` is prefixed by the scope. */
  constant(tensor: Tensor, name: string): Value
  /** A weight of a layer, `name` prefixed by the scope: see `Parameter`. */
  parameter(name: string, tensor: FloatTensor): Parameter
  /** The parameters that are trained, by name. */
  readonly trained: ReadonlyMap<string, TrainedParameter>
  scalar(value: number, dtype?: ValueDType): Value
  zeros(shape: Shape, dtype?: ValueDType): Value
  /** Names everything that `build` adds `scope.…`. Scopes nest. */
  scope<T>(scope: string, build: () => T): T
  /** What `build` gave when it was first called with that key. */
  once<T>(key: string, build: () => T): T
}

/**
 * A weight of a network: a constant, or an input of that name where the graph is built to train it. What a layer makes of
 * it is written once, for values; of constants it is computed when the graph is built.
 */
export interface Parameter {
  readonly name: string
  readonly isTrained: boolean
  /** What `form` makes of it, itself if absent; a constant is called `name`, prefixed by the scope. */
  formed(name: string, form?: (b: Builder, weight: Value) => Value): Value
}

/** A parameter that is an input. */
export interface TrainedParameter {
  readonly value: Value
  /** What the network has for it. */
  readonly initial: FloatTensor
}

/** What graphs are built for. */
export interface BuilderOptions {
  /** Whether the parameter of that name is trained; none is if absent. */
  readonly trained?: (name: string) => boolean
}

function isValue(operand: unknown): operand is Value {
  return typeof operand === 'object' && operand !== null && 'source' in operand
}

/** The number that fills a constant, if it is a small constant of one value. */
function uniform(value: Value): number | undefined {
  const tensor = constantOf(value)
  return tensor !== undefined && tensor.data.length === 1 ? Number(tensor.data[0]) : undefined
}

/** Neutral elements: x + 0, x - 0, x * 1 and x / 1 are x itself. */
const neutral: Readonly<Record<string, { readonly right: number; readonly left?: number }>> = {
  add: { left: 0, right: 0 },
  sub: { right: 0 },
  mul: { left: 1, right: 1 },
  div: { right: 1 },
}

function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis])
}

/** Ops that leave every element in its place where they leave the shape. */
const placeKeeping: ReadonlySet<string> = new Set(['concat', 'expand', 'pad', 'reshape', 'slice'])

/** An input that already is what the op would compute. */
function identity(op: string, inputs: readonly Value[], shape: Shape): Value | undefined {
  const [x, y] = inputs
  if (x === undefined) return undefined
  if (placeKeeping.has(op)) return sameShape(x.shape, shape) ? x : undefined
  const rule = neutral[op]
  if (rule === undefined || y === undefined) return undefined
  if (uniform(y) === rule.right && sameShape(x.shape, shape)) return x
  if (rule.left !== undefined && uniform(x) === rule.left && sameShape(y.shape, shape)) return y
  return undefined
}

class GraphBuilder {
  readonly #isTrained: (name: string) => boolean
  readonly trained = new Map<string, TrainedParameter>()
  readonly values: Value[] = []
  readonly #scopes: string[] = []
  readonly #names = new Map<string, number>()
  readonly #kept = new Map<string, unknown>()

  constructor({ trained = () => false }: BuilderOptions = {}) {
    this.#isTrained = trained
  }

  input(name: string, shape: Shape, dtype: ValueDType = 'float32'): Value {
    if (this.#names.has(name))
      throw new MienError('bad-graph', `The graph has two inputs "${name}".`, { name })
    this.#names.set(name, 1)
    return this.#add({ dtype, shape, name, source: { kind: 'input' } })
  }

  constant(tensor: Tensor, name: string): Value {
    const { dtype, shape } = tensor
    if (dtype !== 'float32' && dtype !== 'float64' && dtype !== 'int64' && dtype !== 'bool') {
      throw new MienError('bad-graph', `The constant "${name}" is of type ${dtype}.`, { name })
    }
    return this.#add({ dtype, shape, name: this.#name(name), source: { kind: 'constant', tensor } })
  }

  parameter(local: string, tensor: FloatTensor): Parameter {
    const name = [...this.#scopes, local].join('.')
    const itself = (_: Builder, weight: Value) => weight
    if (this.#isTrained(name)) {
      const { value } = this.#input(name, tensor)
      return { name, isTrained: true, formed: (_, form = itself) => form(this as unknown as Builder, value) }
    }
    return {
      name,
      isTrained: false,
      formed: (as, form = itself) => {
        const apart = createBuilder()
        const formed = constantOf(form(apart, apart.constant(tensor, local)))
        if (formed === undefined) throw new Error(`an op of the parameter "${name}" does not fold constants`)
        return formed.shape.length === 0 ? this.scalar(Number(formed.data[0])) : this.constant(formed, as)
      },
    }
  }

  #input(name: string, initial: FloatTensor): TrainedParameter {
    const before = this.trained.get(name)
    if (before !== undefined) return before
    const parameter = { value: this.input(name, initial.shape), initial }
    this.trained.set(name, parameter)
    return parameter
  }

  scalar(value: number, dtype: ValueDType = 'float32'): Value {
    const tensor = filled(value, dtype)
    return this.once(`scalar ${dtype} ${Object.is(value, -0) ? '-0' : value}`, () =>
      this.#add({ dtype, shape: [], name: this.#unique('scalar'), source: { kind: 'constant', tensor } }),
    )
  }

  zeros(shape: Shape, dtype: ValueDType = 'float32'): Value {
    return this.constant(filled(0, dtype, shape), 'zeros')
  }

  scope<T>(scope: string, build: () => T): T {
    this.#scopes.push(scope)
    try {
      return build()
    } finally {
      this.#scopes.pop()
    }
  }

  once<T>(key: string, build: () => T): T {
    if (!this.#kept.has(key)) this.#kept.set(key, build())
    return this.#kept.get(key) as T
  }

  /** One node of the op table: promotes numbers, applies the shape rule, drops what changes nothing. */
  apply(op: keyof typeof ops, operands: readonly unknown[]): Value {
    // The rows differ in their type parameters; what the methods of `Builder` let through fits the row.
    const row = ops[op] as unknown as Op<readonly Operand[], unknown>
    const last = operands.at(-1)
    const hasAttributes = !isValue(last) && typeof last === 'object' && !Array.isArray(last)
    const attributes = hasAttributes ? last : undefined
    const listed = (hasAttributes ? operands.slice(0, -1) : operands).flat() as Operand[]
    const name = this.#name(op)
    const dtype = listed.filter(isValue).find((value) => value.dtype !== 'bool')?.dtype ?? 'float32'
    const inputs = listed.map((operand) => (isValue(operand) ? operand : this.scalar(operand, dtype)))
    try {
      const type = row.infer(inputs as never, attributes)
      const same = identity(op, inputs, type.shape)
      if (same !== undefined) return same
      const constant = inputs.length === 1 ? constantOf(inputs[0]!) : undefined
      const source: Source =
        row.fold !== undefined && constant !== undefined
          ? { kind: 'constant', tensor: row.fold(constant, type.shape, attributes) }
          : { kind: 'node', op, inputs, attributes }
      return this.#add({ ...type, name, source })
    } catch (error) {
      if (!(error instanceof ShapeFault)) throw error
      throw new MienError('bad-graph', `${op} "${name}": ${error.message}.`, { name })
    }
  }

  #add(value: Omit<Value, 'id'>): Value {
    const added = { ...value, id: this.values.length }
    this.values.push(added)
    return added
  }

  #name(local: string): string {
    return this.#unique([...this.#scopes, local].join('.'))
  }

  #unique(name: string): string {
    const uses = this.#names.get(name) ?? 0
    this.#names.set(name, uses + 1)
    return uses === 0 ? name : this.#unique(`${name}_${uses}`)
  }
}

/** An empty graph. */
export function createBuilder(options?: BuilderOptions): Builder {
  const builder = new GraphBuilder(options)
  const methods = Object.fromEntries(
    (Object.keys(ops) as (keyof typeof ops)[]).map((op) => [
      op,
      (...operands: readonly unknown[]) => builder.apply(op, operands),
    ]),
  )
  return Object.assign(builder, methods) as unknown as Builder
}
