import { recognitionBox } from '../face/recognition-box.ts'
import { type Builder, createBuilder } from '../graph/builder.ts'
import { serialise } from '../graph/onnx.ts'
import type { Value } from '../graph/value.ts'
import { describeFace, recognitionSize } from '../network/face-recognition/face-recognition.ts'
import { descriptorSize, type FaceRecognition } from '../network/face-recognition/reading.ts'
import type { Image, Runtime, SessionOptions } from '../runtime.ts'
import { type FloatTensor, floatTensor } from '../tensor.ts'
import { analysisResolution, pictureTensor, toAnalysisSize } from './picture.ts'

/**
 * Cuts a face out of a square picture of side A and brings it to the recognition network's size, as two products of
 * matrices, so that a gradient passes and the place can be changed without a new graph: rows x picture x columns.
 */
export interface FaceCrop {
  /** [150, A]. */
  readonly rows: FloatTensor
  /** [A, 150]. */
  readonly columns: FloatTensor
}

/** What the identity of a result is held to. */
export interface IdentityTarget {
  /** Of the look, [1, 128]. */
  readonly descriptor: FloatTensor
  /** Of the result: where its face will be. */
  readonly crop: FaceCrop
}

/** The side at which a picture of that resolution is analysed. */
function analysedSide(resolution: number): number {
  return resolution / Math.max(1, Math.floor(resolution / analysisResolution))
}

/**
 * The crop of a face in a picture of the generator's resolution.
 *
 * @param points 68 x (x, y) as fractions of the picture's side
 */
export function faceCrop(points: ArrayLike<number>, resolution: number): FaceCrop {
  const side = analysedSide(resolution)
  const { x, y, width, height } = recognitionBox(points)
  const rows = resampling(y * side, height * side, side)
  const across = resampling(x * side, width * side, side)
  const columns = new Float32Array(across.length)
  for (let i = 0; i < recognitionSize; i++) {
    for (let k = 0; k < side; k++) columns[k * recognitionSize + i] = across[i * side + k]!
  }
  return {
    rows: floatTensor([recognitionSize, side], rows),
    columns: floatTensor([side, recognitionSize], columns),
  }
}

/**
 * Bilinear weights [150, extent] that bring a stretch of an axis to 150 elements; the triangle widens when the stretch
 * shrinks. Beyond the axis its last element counts on.
 */
function resampling(start: number, length: number, extent: number): Float32Array {
  const weights = new Float32Array(recognitionSize * extent)
  const scale = length / recognitionSize
  const reach = Math.max(1, scale)
  for (let i = 0; i < recognitionSize; i++) {
    const centre = start + (i + 0.5) * scale - 0.5
    const [first, last] = [Math.ceil(centre - reach), Math.floor(centre + reach)]
    const taps = Array.from({ length: last - first + 1 }, (_, k) => reach - Math.abs(first + k - centre))
    const sum = taps.reduce((total, tap) => total + tap, 0)
    taps.forEach((tap, k) => {
      const element = Math.min(extent - 1, Math.max(0, first + k))
      weights[i * extent + element]! += tap / sum
    })
  }
  return weights
}

/**
 * The descriptor [1, 128] of a face in a picture.
 *
 * @param picture [1, 3, A, A], 0..255
 * @param rows [150, A]
 * @param columns [A, 150]
 */
function descriptorOf(
  b: Builder,
  recognition: FaceRecognition,
  picture: Value,
  rows: Value,
  columns: Value,
): Value {
  return describeFace(b, recognition, b.matMul(b.matMul(rows, picture), columns))
}

/**
 * The squared Euclidean distance of a picture's face from the look's. Adds the inputs `target.identity` [1, 128],
 * `target.identity.rows` [150, A] and `target.identity.columns` [A, 150].
 *
 * @param picture [1, 3, A, A], 0..255
 */
export function buildIdentity(b: Builder, recognition: FaceRecognition, picture: Value): Value {
  const side = picture.shape[2]!
  const rows = b.input('target.identity.rows', [recognitionSize, side])
  const columns = b.input('target.identity.columns', [side, recognitionSize])
  const seen = descriptorOf(b, recognition, picture, rows, columns)
  const difference = b.sub(seen, b.input('target.identity', [1, descriptorSize]))
  return b.reduceSum(b.mul(difference, difference), { keep: false })
}

/** The graph inputs of `buildIdentity`. */
export function identityInputs({ descriptor, crop }: IdentityTarget): Record<string, FloatTensor> {
  return {
    'target.identity': descriptor,
    'target.identity.rows': crop.rows,
    'target.identity.columns': crop.columns,
  }
}

/** Describes faces in pictures of the generator's size. */
export interface FaceDescriber {
  /**
   * @param points 68 x (x, y) as fractions of the picture's side
   * @returns [1, 128]
   */
  describe(image: Image, points: ArrayLike<number>): Promise<FloatTensor>
  dispose(): Promise<void>
}

/** Loads the recognition network alone. */
export async function openFaceDescriber(
  runtime: Runtime,
  recognition: FaceRecognition,
  resolution: number,
  options?: SessionOptions,
): Promise<FaceDescriber> {
  const b = createBuilder()
  const picture = toAnalysisSize(b, b.input('picture', [1, 3, resolution, resolution]))
  const side = picture.shape[2]!
  const rows = b.input('rows', [recognitionSize, side])
  const columns = b.input('columns', [side, recognitionSize])
  const descriptor = descriptorOf(b, recognition, picture, rows, columns)
  const session = await runtime.load(serialise({ descriptor }), options)
  return {
    async describe(image, points) {
      const crop = faceCrop(points, resolution)
      const found = await session.run({ picture: pictureTensor(image), ...crop })
      return found.descriptor as FloatTensor
    },
    dispose: () => session.dispose(),
  }
}

/** The Euclidean distance of two descriptors; below 0.6 they count as one person's. */
export function descriptorDistance(a: FloatTensor, b: FloatTensor): number {
  return Math.hypot(...a.data.map((value, i) => value - b.data[i]!))
}
