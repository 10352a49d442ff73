import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Image } from '../../src/engine/runtime.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'

const require = createRequire(import.meta.url)

/** The package whose weights Mien runs; its own code on TensorFlow.js says what is right. */
export const faceApiFolder = dirname(require.resolve('@vladmandic/face-api/package.json'))

/** The photographs that come with it: 22 faces. */
export const photographs = [1, 2, 3, 4, 5, 6].map((i) => join(faceApiFolder, 'demo', `sample${i}.jpg`))

export async function photograph(path: string): Promise<Image> {
  return sharpCodec.decode(readFileSync(path), path)
}

/** A face as face-api tells it. */
export interface KnownFace {
  readonly score: number
  /** x, y, width, height in pixels. */
  readonly box: readonly number[]
  /** 68 x (x, y) in pixels, in one row. */
  readonly points: readonly number[]
}

interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

interface Network {
  loadFromWeightMap(weights: unknown): void
}

/** The few things of face-api that are used here. */
interface FaceApi {
  readonly tf: {
    setBackend(name: string): Promise<boolean>
    ready(): Promise<void>
    tensor3d(data: Uint8Array, shape: readonly number[], dtype: string): { dispose(): void }
    readonly io: { decodeWeights(bytes: ArrayBuffer, list: readonly unknown[]): unknown }
  }
  readonly env: { setEnv(environment: object): void }
  readonly nets: { readonly ssdMobilenetv1: Network; readonly faceLandmark68Net: Network }
  readonly SsdMobilenetv1Options: new (options: { minConfidence: number }) => object
  detectAllFaces(
    picture: unknown,
    options: object,
  ): {
    withFaceLandmarks(): Promise<
      readonly {
        readonly detection: { readonly score: number; readonly box: Rectangle }
        readonly landmarks: { readonly positions: readonly { readonly x: number; readonly y: number }[] }
      }[]
    >
  }
}

/** Loads face-api with its own weights; what is given back finds faces with scores above a half. */
export async function openFaceApi(): Promise<(image: Image) => Promise<readonly KnownFace[]>> {
  const api = require('@vladmandic/face-api/dist/face-api.node-wasm.js') as FaceApi
  const { tf, nets } = api
  await tf.setBackend('wasm')
  await tf.ready()
  // It asks of every picture whether it is an element of a page.
  const Element = class {}
  api.env.setEnv({ Canvas: Element, Image: Element, Video: Element, ImageData: Element })
  const load = (network: Network, name: string) => {
    const read = (end: string) => readFileSync(join(faceApiFolder, 'model', `${name}${end}`))
    const groups = JSON.parse(read('-weights_manifest.json').toString()) as { weights: unknown[] }[]
    const bytes = new Uint8Array(read('.bin')).buffer
    network.loadFromWeightMap(
      tf.io.decodeWeights(
        bytes,
        groups.flatMap(({ weights }) => weights),
      ),
    )
  }
  load(nets.ssdMobilenetv1, 'ssd_mobilenetv1_model')
  load(nets.faceLandmark68Net, 'face_landmark_68_model')
  return async ({ width, height, data }) => {
    const picture = tf.tensor3d(data, [height, width, 3], 'int32')
    const options = new api.SsdMobilenetv1Options({ minConfidence: 0.5 })
    const found = await api.detectAllFaces(picture, options).withFaceLandmarks()
    picture.dispose()
    return found.map(({ detection: { score, box }, landmarks }) => ({
      score,
      box: [box.x, box.y, box.width, box.height],
      points: landmarks.positions.flatMap(({ x, y }) => [x, y]),
    }))
  }
}
