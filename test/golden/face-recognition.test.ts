import { beforeAll, describe, expect, test } from 'vitest'
import { alignedImage } from '../../src/engine/face/alignment.ts'
import { ffhqQuad, pointsInQuad } from '../../src/engine/face/quad.ts'
import { recognitionBox } from '../../src/engine/face/recognition-box.ts'
import { uprightView, viewImage } from '../../src/engine/face/view.ts'
import { gradients } from '../../src/engine/graph/backward.ts'
import { createBuilder } from '../../src/engine/graph/builder.ts'
import { describeFace, recognitionSize } from '../../src/engine/network/face-recognition/face-recognition.ts'
import { readFaceRecognition } from '../../src/engine/network/face-recognition/reading.ts'
import {
  buildIdentity,
  descriptorDistance,
  faceCrop,
  identityInputs,
  openFaceDescriber,
} from '../../src/engine/projection/identity.ts'
import { pictureTensor } from '../../src/engine/projection/picture.ts'
import { MersenneTwister } from '../../src/engine/projection/randomness.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { type FloatTensor, floatTensor } from '../../src/engine/tensor.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { loadFaceRecognition, readRecognitionWeights } from '../../src/node/worker/face-networks.ts'
import { loadGraph, numbersOf } from '../ort/run-graph.ts'
import {
  type DescribedFace,
  type FaceRecogniser,
  openFaceRecogniser,
  photograph,
  photographs,
} from './face-api.ts'

const runtime = onnxRuntime('cpu')
const recognition = await loadFaceRecognition()
const resolution = 256

let faceApi: FaceRecogniser
const pictures: { readonly image: Image; readonly faces: readonly DescribedFace[] }[] = []

beforeAll(async () => {
  faceApi = await openFaceRecogniser()
  for (const path of photographs) {
    const image = await photograph(path)
    pictures.push({ image, faces: await faceApi.describeAll(image) })
  }
})

const allFaces = () => pictures.flatMap(({ image, faces }) => faces.map((face) => ({ image, face })))

function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}

/** The face of a photograph as a projection sees it: FFHQ's square, which is level, and where the points lie in it. */
function squareOf({ image, face }: { readonly image: Image; readonly face: DescribedFace }) {
  const quad = ffhqQuad(face.points)
  return { square: alignedImage(image, quad, resolution), points: pointsInQuad(face.points, quad) }
}

/** The turn of a face in radians, clockwise. */
function leanOf({ points }: DescribedFace): number {
  const [[left, top], , , [right, bottom]] = ffhqQuad(points)
  return Math.atan2(bottom - top, right - left)
}

describe('the recognition network', () => {
  test('gives the 128 numbers of face-api for all faces of the photographs', async () => {
    const b = createBuilder()
    const input = b.input('picture', [1, 3, recognitionSize, recognitionSize])
    const graph = await loadGraph({ descriptor: describeFace(b, recognition, input) })
    expect(allFaces()).toHaveLength(22)
    for (const { image, face } of allFaces()) {
      const { x, y, width } = recognitionBox(face.points)
      const size = { width: recognitionSize, height: recognitionSize }
      const cut = viewImage(image, uprightView(x, y, width / recognitionSize), size)
      const { descriptor } = await graph.run({ picture: pictureTensor(cut) })
      const expected = await faceApi.describe(cut)
      expect(Math.max(...expected)).toBeGreaterThan(0.2)
      expect(furthest(numbersOf(descriptor), expected)).toBeLessThan(1e-4)
    }
    await graph.dispose()
  })

  test.each(['conv32_down/conv/filters', 'conv64_2/conv2/scale/biases', 'fc'])(
    'without %s it is refused by the tensor',
    async (name) => {
      const weights = new Map(await readRecognitionWeights())
      expect(weights.delete(name)).toBe(true)
      expect(() => readFaceRecognition(weights)).toThrow(
        expect.objectContaining({ code: 'unsupported-model', place: { name } }),
      )
    },
  )
})

describe('the crop', () => {
  test('is the square that face-api aligns, but for whole pixels', () => {
    for (const { face } of allFaces()) {
      const { x, y, width, height } = recognitionBox(face.points)
      expect(height).toBe(width)
      expect(furthest([x, y, width, height], face.aligned)).toBeLessThanOrEqual(1)
    }
  })

  test('shows a ramp as a ramp, at its place', async () => {
    const box = { x: 0.25, y: 0.125, side: 0.5 }
    const b = createBuilder()
    const [rows, columns] = [b.input('rows', [150, resolution]), b.input('columns', [resolution, 150])]
    const picture = b.input('picture', [1, 3, resolution, resolution])
    const graph = await loadGraph({ face: b.matMul(b.matMul(rows, picture), columns) })
    const ramp = Float32Array.from({ length: 3 * resolution ** 2 }, (_, i) => {
      const [column, row] = [i % resolution, Math.floor(i / resolution) % resolution]
      return column + 0.5 + 2 * (row + 0.5)
    })
    const crop = faceCrop(pointsOfBox(box), resolution)
    const { face } = await graph.run({ ...crop, picture: floatTensor(picture.shape, ramp) })
    const step = (box.side * resolution) / 150
    const expected = Array.from({ length: 150 * 150 }, (_, i) => {
      const [column, row] = [(i % 150) + 0.5, Math.floor(i / 150) + 0.5]
      return box.x * resolution + column * step + 2 * (box.y * resolution + row * step)
    })
    expect(furthest(numbersOf(face).slice(0, 150 * 150), expected)).toBeLessThan(0.01)
    await graph.dispose()
  })

  test('weighs every element fully, also beyond the border and for points in one place', () => {
    for (const points of [pointsOfBox({ x: -0.4, y: 0.9, side: 0.7 }), new Float32Array(136).fill(0.5)]) {
      const { rows, columns } = faceCrop(points, resolution)
      for (let i = 0; i < 150; i++) {
        const row = rows.data.subarray(i * resolution, (i + 1) * resolution)
        const column = Array.from({ length: resolution }, (_, k) => columns.data[k * 150 + i]!)
        expect(row.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5)
        expect(column.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 5)
      }
    }
  })
})

/** Landmarks whose box is this one: eyes and mouth each in one place. */
function pointsOfBox({ x, y, side }: { x: number; y: number; side: number }): Float32Array {
  // Eyes 0.3 of the side apart and the mouth below, 0.45 of the side from each; the three have their mean at 0.43.
  const height = Math.sqrt(0.45 ** 2 - 0.15 ** 2)
  const eyes = y + (0.43 - height / 3) * side
  return Float32Array.from({ length: 136 }, (_, i) => {
    const landmark = Math.floor(i / 2)
    const place = landmark < 42 ? [0.35, 0] : landmark < 48 ? [0.65, 0] : [0.5, height]
    return i % 2 === 0 ? x + place[0]! * side : eyes + place[1]! * side
  })
}

describe('identity', () => {
  // Face-api cuts faces out as they lean, the square is level.
  test('in the aligned square is what face-api says of faces that are level', async () => {
    const describer = await openFaceDescriber(runtime, recognition, resolution)
    const distances: number[] = []
    for (const picture of allFaces().filter(({ face }) => Math.abs(leanOf(face)) < 0.1)) {
      const { square, points } = squareOf(picture)
      const seen = await describer.describe(square, points)
      distances.push(descriptorDistance(seen, floatTensor([1, 128], picture.face.descriptor)))
    }
    await describer.dispose()
    expect(distances.length).toBeGreaterThan(5)
    expect(Math.max(...distances)).toBeLessThan(0.2)
  })

  test('is a squared distance as a term, with the gradient that central differences give', async () => {
    const [from, to] = [squareOf(allFaces()[0]!), squareOf(allFaces()[1]!)]
    const describer = await openFaceDescriber(runtime, recognition, resolution)
    const target = {
      descriptor: await describer.describe(to.square, to.points),
      crop: faceCrop(from.points, resolution),
    }
    const distance = descriptorDistance(await describer.describe(from.square, from.points), target.descriptor)
    await describer.dispose()
    const b = createBuilder()
    const picture = b.input('picture', [1, 3, resolution, resolution])
    const identity = buildIdentity(b, recognition, picture)
    const [gradient] = gradients(b, identity, [picture])
    const graph = await loadGraph({ identity, gradient: gradient! })
    const at = pictureTensor(from.square)
    const read = (data: Float32Array) =>
      graph.run({ picture: floatTensor(at.shape, data), ...identityInputs(target) })
    const found = await read(at.data)
    expect(Number(found.identity!.data[0])).toBeCloseTo(distance ** 2, 4)
    const slopes = (found.gradient as FloatTensor).data
    const length = Math.sqrt(slopes.reduce((sum, slope) => sum + slope * slope, 0))
    const random = new MersenneTwister(5)
    for (const along of [
      slopes.map((slope) => slope / length),
      random
        .normals(at.data.length)
        .map((draw, i) => (draw * Math.abs(slopes[i]!)) / length + slopes[i]! / length),
    ]) {
      const slope = along.reduce((sum, x, i) => sum + x * slopes[i]!, 0)
      const value = async (step: number) =>
        Number((await read(at.data.map((x, i) => x + step * along[i]!))).identity!.data[0])
      const difference = ((await value(2)) - (await value(-2))) / 4
      expect(Math.abs(slope / difference - 1)).toBeLessThan(0.01)
    }
    await graph.dispose()
  })
})
