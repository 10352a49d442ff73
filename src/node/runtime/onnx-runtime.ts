import { availableParallelism } from 'node:os'
import * as ort from 'onnxruntime-node'
import { MienError } from '../../engine/errors.ts'
import type { Model, NamedTensors, Provider, Runtime, Session, SessionOptions } from '../../engine/runtime.ts'
import type { DType, Tensor, TypedArrays } from '../../engine/tensor.ts'

/** Element types that the runtime takes and gives; bfloat16 has no counterpart in JavaScript. */
const exchangeable: ReadonlySet<string> = new Set<DType>([
  'float32',
  'float64',
  'float16',
  'int64',
  'int32',
  'int16',
  'int8',
  'uint8',
  'bool',
])

/** What the native library says it was built with, e.g. `{ name: 'cpu', bundled: true }`. */
export function builtInBackends(): readonly { readonly name: string; readonly bundled: boolean }[] {
  return ort.listSupportedBackends()
}

/**
 * Runs ONNX models with onnxruntime on one provider. `run` blocks its thread, so only the engine process may
 * hold one. On the CPU the same graph, inputs and thread count give the same bits.
 */
export function onnxRuntime(provider: Provider): Runtime {
  return {
    provider,
    async load(model, options = {}) {
      return openSession(provider, model, options)
    },
  }
}

async function openSession(provider: Provider, model: Model, options: SessionOptions): Promise<Session> {
  const handle = await createHandle(provider, model, options)
  let open = true
  return {
    inputNames: handle.inputNames,
    outputNames: handle.outputNames,
    async run(inputs, outputs) {
      if (!open) throw new MienError('bad-graph', 'The session was closed before it was run.')
      const feeds = toFeeds(inputs)
      try {
        const results = await (outputs === undefined ? handle.run(feeds) : handle.run(feeds, outputs))
        return fromResults(results)
      } catch (cause) {
        throw runError(provider, cause)
      }
    },
    async dispose() {
      if (!open) return
      open = false
      // The profile is written to its file when profiling ends, not when the session is released.
      if (options.profile !== undefined) handle.endProfiling()
      await handle.release()
    },
  }
}

/** As many as OMP_NUM_THREADS says, as PyTorch and NumPy take it; where it says nothing, the runtime takes one a core. */
function usualThreads(): number | undefined {
  const threads = Number(process.env.OMP_NUM_THREADS)
  return Number.isInteger(threads) && threads > 0 ? threads : undefined
}

/** At most one a core: more wait for each other in every op, and hundreds of them hear no signal for minutes. */
function bounded(threads: number | undefined): number | undefined {
  return threads === undefined ? undefined : Math.min(threads, availableParallelism())
}

/**
 * Passes of the runtime for which these networks have nothing, or nothing that is worth its time: they go over all
 * nodes, again and again, and a graph of thousands of nodes loads a quarter faster without them.
 */
const idlePasses = [
  'GatherSliceToSplitFusion',
  'MatMulAddFusion',
  'MatMulScaleFusion',
  'MatmulTransposeFusion',
  'ReshapeFusion',
]

async function createHandle(
  provider: Provider,
  model: Model,
  options: SessionOptions,
): Promise<ort.InferenceSession> {
  const threads = bounded(options.threads ?? usualThreads())
  try {
    return await ort.InferenceSession.create(model.graph, {
      executionProviders: [provider],
      executionMode: 'sequential',
      interOpNumThreads: 1,
      graphOptimizationLevel: 'all',
      logSeverityLevel: 3,
      // A planned block for all tensors would come on top of what the first run took, half as much again.
      enableMemPattern: false,
      enableCpuMemArena: options.occasional !== true,
      // The binding for Node takes session entries too, though its types speak of WebAssembly alone.
      extra: { optimization: { disable_specified_optimizers: idlePasses.join(';') } },
      externalData: [...model.constants].map(([path, data]) => ({ path, data })),
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      ...(options.profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: options.profile }),
    })
  } catch (cause) {
    throw loadError(provider, cause)
  }
}

/** Wraps the tensors without copying their elements. */
function toFeeds(inputs: NamedTensors): Record<string, ort.Tensor> {
  const feeds: Record<string, ort.Tensor> = {}
  for (const [name, tensor] of Object.entries(inputs)) {
    if (!exchangeable.has(tensor.dtype)) {
      throw new MienError('bad-graph', `The runtime takes no ${tensor.dtype} tensor as input.`, { name })
    }
    try {
      feeds[name] = new ort.Tensor(tensor.dtype as ort.Tensor.Type, tensor.data, tensor.shape)
    } catch (cause) {
      throw new MienError('bad-graph', `The input "${name}" is not a tensor: ${reason(cause)}`, {
        name,
        cause,
      })
    }
  }
  return feeds
}

function fromResults(results: ort.InferenceSession.OnnxValueMapType): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {}
  for (const [name, value] of Object.entries(results)) tensors[name] = fromTensor(name, value as ort.Tensor)
  return tensors
}

/** Takes over the runtime's array; nothing is copied. */
function fromTensor(name: string, value: ort.Tensor): Tensor {
  if (!exchangeable.has(value.type)) {
    throw new MienError('bad-graph', `The output "${name}" has the unknown type ${value.type}.`, { name })
  }
  const dtype = value.type as DType
  const data = dtype === 'float16' ? halfBits(value.data) : (value.data as TypedArrays[DType])
  return { dtype, shape: value.dims, data }
}

/** Newer JavaScript engines hand halves out as Float16Array; Mien keeps their bits. */
function halfBits(data: ort.Tensor.DataType): Uint16Array {
  if (data instanceof Uint16Array) return data
  const view = data as unknown as ArrayBufferView & { readonly length: number }
  return new Uint16Array(view.buffer as ArrayBuffer, view.byteOffset, view.length)
}

/** On the CPU only the graph can be at fault when loading fails; elsewhere it is most often the device. */
function loadError(provider: Provider, cause: unknown): MienError {
  const details = { cause, ...failedNode(cause) }
  if (/Failed to load shared library/.test(reason(cause))) {
    return new MienError('device', `The libraries of the provider ${provider} are not installed.`, {
      ...details,
      hint: 'Choose another device; the processor always works.',
    })
  }
  if (provider === 'cpu') {
    return new MienError('bad-graph', `The runtime refuses the graph: ${reason(cause)}`, details)
  }
  return new MienError('device', `The provider ${provider} cannot run this graph: ${reason(cause)}`, {
    ...details,
    hint: 'Choose another device; the processor always works.',
  })
}

/** How onnxruntime words that inputs or outputs do not belong to the graph, before any kernel has run. */
const wrongInputs =
  /invalid dimensions for input|unexpected input data type|invalid rank|in 'feeds'|'fetches'/i

function runError(provider: Provider, cause: unknown): MienError {
  const text = reason(cause)
  const details = { cause, ...failedNode(cause) }
  if (wrongInputs.test(text)) {
    return new MienError('bad-graph', `The runtime refuses the inputs: ${text}`, details)
  }
  return new MienError('device', `The device ${provider} failed: ${text}`, {
    ...details,
    hint:
      provider === 'cpu'
        ? 'Close other programs if memory is short, then try again.'
        : 'Try again, or choose another device; the processor always works.',
  })
}

function reason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  // The place in the library's source, which some messages begin with, helps no user.
  return text
    .trim()
    .replace(/\s+/g, ' ')
    .replace(/^\/\S+:\d+ .*? was false\. /, '')
}

/** The node that onnxruntime's message names, if it names one. */
function failedNode(cause: unknown): { name?: string } {
  const name = /Name:'([^']+)'|Node:? ?\(?"?'?([\w./:-]+)|In Node, \("([^"]+)"/.exec(reason(cause))
  const found = name?.slice(1).find((group) => group !== undefined)
  return found === undefined ? {} : { name: found }
}
