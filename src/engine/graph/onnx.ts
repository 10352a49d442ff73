import protobuf from 'protobufjs/light.js'
import { MienError } from '../errors.ts'
import type { Model } from '../runtime.ts'
import type { Tensor } from '../tensor.ts'
import { onnxDTypes } from './onnx-types.ts'
import type { OnnxAttribute, Op } from './op.ts'
import { ops } from './ops/index.ts'
import type { Operand, Value } from './value.ts'

/** ReduceMax, ReduceMin and ReduceMean take their axes as an input from opset 18 on. */
const opset = 18
/** The version of the file format that came with opset 18 (onnx 1.13). */
const irVersion = 8

type Field = [id: number, type: string, rule?: 'repeated']

function message(fields: Record<string, Field>): protobuf.IType {
  return {
    fields: Object.fromEntries(
      Object.entries(fields).map(([name, [id, type, rule]]) => [
        name,
        rule ? { id, type, rule } : { id, type },
      ]),
    ),
  }
}

/** The part of onnx.proto that Mien writes: field numbers as published in onnx/onnx.proto. */
const schema: protobuf.INamespace = {
  nested: {
    Model: message({
      irVersion: [1, 'int64'],
      producerName: [2, 'string'],
      graph: [7, 'Graph'],
      opsetImport: [8, 'OperatorSet', 'repeated'],
    }),
    OperatorSet: message({ domain: [1, 'string'], version: [2, 'int64'] }),
    Graph: message({
      node: [1, 'Node', 'repeated'],
      name: [2, 'string'],
      initializer: [5, 'TensorData', 'repeated'],
      input: [11, 'ValueInfo', 'repeated'],
      output: [12, 'ValueInfo', 'repeated'],
    }),
    Node: message({
      input: [1, 'string', 'repeated'],
      output: [2, 'string', 'repeated'],
      name: [3, 'string'],
      opType: [4, 'string'],
      attribute: [5, 'Attribute', 'repeated'],
    }),
    Attribute: message({
      name: [1, 'string'],
      f: [2, 'float'],
      i: [3, 'int64'],
      s: [4, 'bytes'],
      ints: [8, 'int64', 'repeated'],
      type: [20, 'int32'],
    }),
    TensorData: message({
      dims: [1, 'int64', 'repeated'],
      dataType: [2, 'int32'],
      name: [8, 'string'],
      rawData: [9, 'bytes'],
      externalData: [13, 'Entry', 'repeated'],
      dataLocation: [14, 'int32'],
    }),
    Entry: message({ key: [1, 'string'], value: [2, 'string'] }),
    ValueInfo: message({ name: [1, 'string'], type: [2, 'Type'] }),
    Type: message({ tensorType: [1, 'TensorType'] }),
    TensorType: message({ elemType: [1, 'int32'], shape: [2, 'TensorShape'] }),
    TensorShape: message({ dim: [1, 'Dimension', 'repeated'] }),
    Dimension: message({ dimValue: [1, 'int64'] }),
  },
}

const modelType = protobuf.Root.fromJSON(schema).lookupType('Model')

/** AttributeProto.AttributeType of onnx.proto. */
function attribute(name: string, value: OnnxAttribute) {
  if (typeof value === 'number') return { name, i: value, type: 2 }
  if (typeof value === 'string') return { name, s: Uint8Array.from(value, (c) => c.charCodeAt(0)), type: 3 }
  if ('float' in value) return { name, f: value.float, type: 1 }
  return { name, ints: value, type: 7 }
}

/** What the runtime infers shapes from must lie in the graph; so do the many small constants. */
const mostBytesWithin = 1024
/** TensorProto.DataLocation of onnx.proto. */
const external = 1

/** A constant with its elements, or with the place of them in `constants`, to which it is then added. */
function tensorData(name: string, { dtype, shape, data }: Tensor, constants: Map<string, Uint8Array>) {
  if (dtype === 'int16')
    throw new MienError('bad-graph', `The constant "${name}" is of type int16.`, { name })
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const known = { name, dims: shape, dataType: onnxDTypes[dtype] }
  if (bytes.length <= mostBytesWithin) return { ...known, rawData: bytes }
  const location = String(constants.size)
  constants.set(location, bytes)
  const externalData = Object.entries({ location, offset: '0', length: String(bytes.length) })
  return {
    ...known,
    dataLocation: external,
    externalData: externalData.map(([key, value]) => ({ key, value })),
  }
}

/** @param isOpen whether the first extent is left out */
function valueInfo(name: string, { dtype, shape }: Value, isOpen = false) {
  const dim = shape.map((dimValue, axis) => (isOpen && axis === 0 ? {} : { dimValue }))
  return { name, type: { tensorType: { elemType: onnxDTypes[dtype], shape: { dim } } } }
}

/**
 * The values that the outputs need, by depth: the longest way from an input. The runtime takes the inputs of a node
 * from the last in this order to the first, so that what is close to the inputs, as the mask of an activation, is
 * computed when the long way has been gone and not kept meanwhile.
 */
export function reachable(outputs: readonly Value[]): readonly Value[] {
  const depths = new Map<Value, number>()
  const open = [...outputs]
  for (let value = open.at(-1); value !== undefined; value = open.at(-1)) {
    const inputs = value.source.kind === 'node' ? value.source.inputs : []
    const missing = depths.has(value) ? [] : inputs.filter((input) => !depths.has(input))
    if (missing.length > 0) {
      open.push(...missing)
    } else {
      open.pop()
      depths.set(
        value,
        inputs.reduce((depth, input) => Math.max(depth, depths.get(input)! + 1), 0),
      )
    }
  }
  return [...depths].sort(([a, m], [b, n]) => m - n || a.id - b.id).map(([value]) => value)
}

export interface OnnxOptions {
  /**
   * Inputs [1, …] whose batch the runtime is not told. It lets tensors of one known shape follow each other in one piece of
   * memory, which it keeps from the last use of the one to the first of the other: what the way to the loss leaves behind is
   * held until the way back. A tensor whose shape it does not know has memory of its own, no longer than it is used. In a
   * step at 1024 x 1024 that is 0.75 GB less.
   */
  readonly openBatches?: ReadonlySet<string>
}

/**
 * An ONNX model that computes the named outputs from those inputs that they depend on.
 * Little-endian machines only, as onnxruntime itself.
 *
 * @throws MienError 'bad-graph' for an op that is not in the table, and an output called like another value
 */
export function serialise(
  outputs: Readonly<Record<string, Value>>,
  { openBatches }: OnnxOptions = {},
): Model {
  const node: object[] = []
  const initializer: object[] = []
  const constants = new Map<string, Uint8Array>()
  const input: object[] = []
  const shared = new Map<string, string>()
  const sharedConstant = (tensor: Tensor): string => {
    const key = `${tensor.dtype} [${tensor.shape}] ${tensor.data}`
    const known = shared.get(key)
    if (known !== undefined) return known
    const name = `attribute:${shared.size}`
    shared.set(key, name)
    initializer.push(tensorData(name, tensor, constants))
    return name
  }
  const values = reachable(Object.values(outputs))
  const taken = new Set(values.map(({ name }) => name))
  // A node computes its output itself: to copy it would take a fifth of Adam's time.
  const outputNames = new Map(
    Object.entries(outputs)
      .map(([name, value]) => [value, name] as const)
      .reverse(),
  )
  const nameOf = (value: Value) =>
    (value.source.kind === 'node' ? outputNames.get(value) : undefined) ?? value.name
  for (const value of values) {
    const { source, name } = value
    if (source.kind === 'input') {
      input.push(valueInfo(name, value, openBatches?.has(name)))
    } else if (source.kind === 'constant') {
      initializer.push(tensorData(name, source.tensor, constants))
    } else {
      const row = (ops as unknown as Readonly<Record<string, Op<readonly Operand[], unknown>>>)[source.op]
      if (row === undefined)
        throw new MienError('bad-graph', `"${name}" is of the unknown op ${source.op}.`, { name })
      const form = row.lower?.(source.attributes, source.inputs as never) ?? {}
      const { inputs = source.inputs.length, attributes = {}, constants: added = [] } = form
      node.push({
        name,
        opType: row.onnx,
        input: [...source.inputs.slice(0, inputs).map(nameOf), ...added.map(sharedConstant)],
        output: [nameOf(value)],
        attribute: Object.entries(attributes).map(([key, v]) => attribute(key, v)),
      })
    }
  }
  const output = Object.entries(outputs).map(([name, value]) => {
    if (taken.has(name))
      throw new MienError('bad-graph', `A value is called "${name}" as the output.`, { name })
    if (nameOf(value) !== name) {
      node.push({
        name: `output.${name}`,
        opType: 'Identity',
        input: [nameOf(value)],
        output: [name],
        attribute: [],
      })
    }
    return valueInfo(name, value)
  })
  const graph = { name: 'mien', node, initializer, input, output }
  const model = { irVersion, producerName: 'mien', graph, opsetImport: [{ domain: '', version: opset }] }
  return { graph: modelType.encode(model).finish(), constants }
}
