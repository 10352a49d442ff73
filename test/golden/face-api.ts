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

interface Landmarks {
  readonly positions: readonly { readonly x: number; readonly y: number }[]
  align(detection: null, options: { useDlibAlignment: boolean }): Rectangle
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
  readonly nets: {
    readonly ssdMobilenetv1: Network
    readonly faceLandmark68Net: Network
    readonly faceRecognitionNet: Network & { computeFaceDescriptor(picture: unknown): Promise<Float32Array> }
  }
  readonly SsdMobilenetv1Options: new (options: { minConfidence: number }) => object
  detectAllFaces(
    picture: unknown,
    options: object,
  ): {
    withFaceLandmarks(): Promise<readonly Found[]> & {
      withFaceDescriptors(): Promise<readonly (Found & { readonly descriptor: Float32Array })[]>
    }
  }
}

interface Found {
  readonly detection: { readonly score: number; readonly box: Rectangle }
  readonly landmarks: Landmarks
}

type Load = (network: Network, name: string) => void

/** The package, and what loads its networks with their own weights. */
async function loadFaceApi(): Promise<{ readonly api: FaceApi; readonly load: Load }> {
  const api = require('@vladmandic/face-api/dist/face-api.node-wasm.js') as FaceApi
  const { tf } = api
  await tf.setBackend('wasm')
  await tf.ready()
  // It asks of every picture whether it is an element of a page.
  const Element = class {}
  api.env.setEnv({ Canvas: Element, Image: Element, Video: Element, ImageData: Element })
  const load: Load = (network, name) => {
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
  load(api.nets.ssdMobilenetv1, 'ssd_mobilenetv1_model')
  load(api.nets.faceLandmark68Net, 'face_landmark_68_model')
  return { api, load }
}

async function withTensor<T>({ tf }: FaceApi, image: Image, work: (picture: unknown) => Promise<T>) {
  const picture = tf.tensor3d(image.data, [image.height, image.width, 3], 'int32')
  const result = await work(picture)
  picture.dispose()
  return result
}

function detected(api: FaceApi, picture: unknown) {
  const options = new api.SsdMobilenetv1Options({ minConfidence: 0.5 })
  return api.detectAllFaces(picture, options).withFaceLandmarks()
}

function known({ detection: { score, box }, landmarks }: Found): KnownFace {
  return { score, box: numbersOf(box), points: landmarks.positions.flatMap(({ x, y }) => [x, y]) }
}

function numbersOf({ x, y, width, height }: Rectangle): readonly number[] {
  return [x, y, width, height]
}

/** Loads face-api with its own weights; what is given back finds faces with scores above a half. */
export async function openFaceApi(): Promise<(image: Image) => Promise<readonly KnownFace[]>> {
  const { api } = await loadFaceApi()
  return (image) => withTensor(api, image, async (picture) => (await detected(api, picture)).map(known))
}

/** A face with what its recognition network says. */
export interface DescribedFace extends KnownFace {
  /** What the network is shown: x, y, width, height in pixels. */
  readonly aligned: readonly number[]
  /** 128 numbers. */
  readonly descriptor: Float32Array
}

/** Face-api's recognition network. */
export interface FaceRecogniser {
  /** Of a face that fills the picture of 150 x 150. */
  describe(face: Image): Promise<Float32Array>
  describeAll(image: Image): Promise<readonly DescribedFace[]>
}

export async function openFaceRecogniser(): Promise<FaceRecogniser> {
  const { api, load } = await loadFaceApi()
  const network = api.nets.faceRecognitionNet
  load(network, 'face_recognition_model')
  return {
    describe: (face) => withTensor(api, face, (picture) => network.computeFaceDescriptor(picture)),
    describeAll: (image) =>
      withTensor(api, image, async (picture) => {
        const found = await detected(api, picture).withFaceDescriptors()
        return found.map((face) => ({
          ...known(face),
          aligned: numbersOf(face.landmarks.align(null, { useDlibAlignment: true })),
          descriptor: face.descriptor,
        }))
      }),
  }
}
