import type { Tensor } from './tensor.ts'

/** The execution providers of onnxruntime that Mien can use, best first; 'cpu' always works. */
export const providers = ['cuda', 'dml', 'coreml', 'webgpu', 'cpu'] as const
export type Provider = (typeof providers)[number]

/** The types in which a graph computes: all of it in float32, or convolutions and what is between them in float16. */
export const precisions = ['float32', 'float16'] as const
export type Precision = (typeof precisions)[number]

export type NamedTensors = Readonly<Record<string, Tensor>>

/** A loaded graph. */
export interface Session {
  readonly inputNames: readonly string[]
  readonly outputNames: readonly string[]
  /** Evaluates the named outputs (all, if none are named). Rejects with MienError 'device' if the provider fails. */
  run(inputs: NamedTensors, outputs?: readonly string[]): Promise<Record<string, Tensor>>
  dispose(): Promise<void>
}

export interface SessionOptions {
  /** Threads for one operator; the runtime's choice if absent. */
  readonly threads?: number
  /** A path prefix: the runtime writes a JSON profile of every node there. */
  readonly profile?: string
  /** Run now and then beside another session: its memory goes back after each run on the processor, which takes half as long again. */
  readonly occasional?: boolean
}

/** An ONNX model: the graph, and the elements of its large constants, which are not copied into the graph. */
export interface Model {
  readonly graph: Uint8Array
  /** By the location that the graph has for them; in the arrays of the networks wherever these have them as the graph needs them. */
  readonly constants: ReadonlyMap<string, Uint8Array>
}

/** Runs ONNX models on one execution provider. */
export interface Runtime {
  readonly provider: Provider
  load(model: Model, options?: SessionOptions): Promise<Session>
}

/** An upright sRGB picture, 3 bytes a pixel, row by row from the top left. */
export interface Image {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

export type PictureSize = Pick<Image, 'width' | 'height'>

/** Decodes and encodes pictures; what the host does with sharp. */
export interface ImageCodec {
  /**
   * Upright, sRGB, alpha on a neutral ground; shrunk where it is too large for the memory, or a side is longer than
   * `within`. Throws MienError 'bad-image'.
   */
  decode(bytes: Uint8Array, name: string, within?: number): Promise<Image>
  /**
   * Width and height of the upright picture as it is decoded, and its own; nothing is decoded. Throws MienError 'bad-image'.
   */
  measure(bytes: Uint8Array, name: string): Promise<PictureSize & { readonly own: PictureSize }>
  encodePng(image: Image): Promise<Uint8Array>
  /** Lanczos, exactly to the given size. */
  resize(image: Image, width: number, height: number): Promise<Image>
}

/** Random access to bytes, so that a large checkpoint is never in memory twice. */
export interface ByteSource {
  readonly name: string
  readonly size: number
  /** Reads exactly `length` bytes; synchronous. Throws MienError 'bad-file' past the end. */
  read(offset: number, length: number): Uint8Array
}
