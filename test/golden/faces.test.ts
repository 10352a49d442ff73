import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Face } from '../../src/engine/face/face.ts'
import { type FaceFinder, openFaceFinder } from '../../src/engine/face/face-finder.ts'
import { faceTurnedBack, quarterTurned } from '../../src/engine/face/quarter-turn.ts'
import { turnedView, viewImage } from '../../src/engine/face/view.ts'
import { readFaceDetector } from '../../src/engine/network/face-detector/reading.ts'
import { readFaceLandmarks } from '../../src/engine/network/face-landmarks/face-landmarks.ts'
import { crop } from '../../src/engine/picture/crop.ts'
import { blankImage, paste } from '../../src/engine/picture/drawing.ts'
import { resizeLanczos } from '../../src/engine/picture/lanczos.ts'
import type { Image } from '../../src/engine/runtime.ts'
import type { Weights } from '../../src/engine/weights.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { loadFaceNetworks, readFaceWeights } from '../../src/node/worker/face-networks.ts'
import { full } from '../full.ts'
import { type KnownFace, openFaceApi, photograph, photographs } from './face-api.ts'

let finder: FaceFinder
let faceApi: (image: Image) => Promise<readonly KnownFace[]>

beforeAll(async () => {
  finder = await openFaceFinder(onnxRuntime('cpu'), await loadFaceNetworks())
  faceApi = await openFaceApi()
})
afterAll(() => finder.dispose())

interface Searched {
  readonly image: Image
  readonly faces: readonly Face[]
}

const searched = new Map<number, Promise<Searched>>()
/** A photograph, counted from 0, and its faces, which are looked for once. */
function facesIn(number: number): Promise<Searched> {
  const search = async () => {
    const image = await photograph(photographs[number]!)
    return { image, faces: await finder.find(image) }
  }
  const known = searched.get(number) ?? search()
  searched.set(number, known)
  return known
}

function numbersOf({ box: { x, y, width, height } }: Face): readonly number[] {
  return [x, y, width, height]
}

function furthest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}

describe('the photographs', () => {
  test.each([1, 2, 3, 4, 5, 6])('photograph %i shows the faces that face-api finds', async (number) => {
    const { image, faces } = await facesIn(number - 1)
    const known = await faceApi(image)
    expect(faces).toHaveLength(known.length)
    for (const face of faces) {
      const same = known.find(({ box }) => furthest(numbersOf(face), box) < 1)
      expect(same, `box ${numbersOf(face)}`).toBeDefined()
      expect(furthest(face.points, same!.points)).toBeLessThan(0.05)
      expect(face.score).toBeCloseTo(same!.score, 3)
    }
  })

  test('the largest comes first', async () => {
    const { faces } = await facesIn(5)
    const areas = faces.map(({ box }) => box.width * box.height)
    expect(areas).toEqual([...areas].sort((a, b) => b - a))
  })
})

/** The middle of a face. */
function middleOf({ box: { x, y, width, height } }: Face): readonly [number, number] {
  return [x + width / 2, y + height / 2]
}

/** Whether a face is where it is expected, to a quarter of its width. */
function isNear(face: Face, [x, y]: readonly [number, number]): boolean {
  const [u, v] = middleOf(face)
  return Math.hypot(u - x, v - y) < face.box.width / 4
}

/** 800 x 800 pixels around the middle of a face, turned clockwise by so many degrees, and where its points lie. */
function turnedCopy(image: Image, face: Face, degrees: number) {
  const size = { width: 800, height: 800 }
  const [x, y] = middleOf(face)
  const view = turnedView(x, y, 0.6, (-degrees * Math.PI) / 180, size)
  const square = view.a ** 2 + view.b ** 2
  const points = face.points.map((_, i) => {
    const [dx, dy] = [face.points[i - (i % 2)]! - view.x, face.points[i - (i % 2) + 1]! - view.y]
    return (i % 2 === 0 ? dx * view.a + dy * view.b : dy * view.a - dx * view.b) / square
  })
  return { copy: viewImage(image, view, size), points }
}

/** Mean distance of the points of brows, nose, eyes and mouth, as a part of the eyes' distance. */
function pointError(found: Float32Array, expected: Float32Array): number {
  let sum = 0
  for (let i = 17; i < 68; i++) {
    sum += Math.hypot(found[2 * i]! - expected[2 * i]!, found[2 * i + 1]! - expected[2 * i + 1]!)
  }
  const eyes = Math.hypot(expected[72]! - expected[90]!, expected[73]! - expected[91]!)
  return sum / 51 / eyes
}

/** Photograph and face. */
const allTurned: readonly (readonly [number, number])[] = [
  [2, 2],
  [3, 2],
  [4, 2],
]
const turnedFaces = full ? allTurned : allTurned.slice(2)

describe('faces that are hard to find', () => {
  test.each(full ? [-45, -30, 30, 45] : [-45, 30])('turned by %i degrees', async (degrees) => {
    for (const [photo, number] of turnedFaces) {
      const { image, faces } = await facesIn(photo)
      const face = faces[number]!
      const { copy, points } = turnedCopy(image, face, degrees)
      const found = (await finder.find(copy)).find((other) => isNear(other, [400, 400]))
      expect(found, `photograph ${photo + 1}`).toBeDefined()
      expect(pointError(found!.points, points), `photograph ${photo + 1}`).toBeLessThan(0.2)
    }
  })

  test('small, in a large picture', async () => {
    const { image, faces } = await facesIn(5)
    const canvas = blankImage(2048, 1536, [90, 110, 130])
    paste(canvas, resizeLanczos(image, 640, 512), 900, 700)
    const found = await finder.find(canvas)
    expect(found).toHaveLength(faces.length)
    for (const face of faces) {
      const [x, y] = middleOf(face)
      expect(found.some((other) => isNear(other, [900 + x / 3, 700 + y / 3]))).toBe(true)
    }
    expect(Math.max(...found.map(({ box }) => box.width))).toBeLessThan(90)
  })

  test('large: one face fills the picture', async () => {
    const { image, faces } = await facesIn(2)
    const { x, y, width, height } = faces[0]!.box
    const close = crop(image, Math.round(x), Math.round(y), Math.round(width), Math.round(height))
    const found = await finder.find(resizeLanczos(close, close.width * 4, close.height * 4))
    expect(found).toHaveLength(1)
    expect(found[0]!.box.width).toBeGreaterThan(close.width * 2.5)
  })

  test.each(full ? ['left', 'right', 'top', 'bottom'] : ['right', 'bottom'])(
    'at the %s border, a tenth cut off',
    async (side) => {
      const { image, faces } = await facesIn(5)
      for (const face of faces) {
        const { x, y, width, height } = face.box
        const left = side === 'left' ? Math.round(x + width / 10) : 0
        const top = side === 'top' ? Math.round(y + height / 10) : 0
        const right = side === 'right' ? Math.round(x + width * 0.9) : image.width
        const bottom = side === 'bottom' ? Math.round(y + height * 0.9) : image.height
        const found = await finder.find(crop(image, left, top, right - left, bottom - top))
        const [u, v] = middleOf(face)
        expect(found.some((other) => isNear(other, [u - left, v - top]))).toBe(true)
      }
    },
  )

  test('a tiny picture has no parts and is searched all the same', async () => {
    const { image, faces } = await facesIn(2)
    const { x, y, width, height } = faces[0]!.box
    const side = Math.round(height * 2)
    const near = crop(image, Math.round(x - (side - width) / 2), Math.round(y - height / 2), side, side)
    expect(await finder.find(resizeLanczos(near, 128, 128))).toHaveLength(1)
  })
})

describe('a photograph that is turned by quarters', () => {
  test.each(full ? [1, 2, 3] : [2])('%i of them: it shows the faces of the upright one', async (quarter) => {
    for (const number of full ? photographs.keys() : [4]) {
      const { image, faces } = await facesIn(number)
      const found = await finder.find(quarterTurned(image, (4 - quarter) % 4))
      expect(found).toHaveLength(faces.length)
      const back = found.map((face) => faceTurnedBack(face, image, (4 - quarter) % 4))
      for (const face of faces) {
        expect(back.some(({ points }) => furthest(points, face.points) < 0.01)).toBe(true)
      }
    }
  })
})

describe('a photograph that is turned obliquely', () => {
  test.each(full ? [60, 75, 120, 135, 210, 300] : [75, 135])('by %i degrees', async (degrees) => {
    const { image, faces } = await facesIn(3)
    const face = faces[2]!
    const { copy, points } = turnedCopy(image, face, degrees)
    const found = (await finder.find(copy)).find((other) => isNear(other, [400, 400]))
    expect(found).toBeDefined()
    expect(pointError(found!.points, points)).toBeLessThan(0.2)
  })
})

describe('a close crop', () => {
  test('of 112 pixels is searched with a margin', async () => {
    const { image, faces } = await facesIn(4)
    const { x, y, width, height } = faces[0]!.box
    const side = Math.round(Math.max(width, height) * 0.8)
    const left = Math.round(x + (width - side) / 2)
    const top = Math.round(y + (height - side) / 2)
    const close = resizeLanczos(crop(image, left, top, side, side), 112, 112)
    expect(await finder.find(close)).toHaveLength(1)
  })
})

describe('no face', () => {
  const seen = (at: (x: number, y: number, channel: number) => number): Image => ({
    width: 600,
    height: 400,
    data: Uint8Array.from({ length: 600 * 400 * 3 }, (_, i) =>
      at(Math.floor(i / 3) % 600, Math.floor(i / 1800), i % 3),
    ),
  })
  test.each<[string, Image]>([
    ...(full ? ([['grey', seen(() => 128)]] as [string, Image][]) : []),
    ['a ramp', seen((x) => x / 3)],
    ['noise', seen((x, y, channel) => (x * 7919 + y * 104729 + channel * 1299709 + x * y * 31) % 256)],
    ['rings', seen((x, y) => 128 + 100 * Math.sin(Math.hypot(x - 300, y - 200) / 12))],
    ['a chessboard', seen((x, y) => (((x >> 5) + (y >> 5)) % 2) * 255)],
  ])('in %s', async (_, image) => {
    expect(await finder.find(image)).toEqual([])
  })

  test.each(full ? [0, 1] : [0])(
    "in an animal's head that is drawn, turned by %i quarters",
    async (quarter) => {
      const disc = (x: number, y: number, u: number, v: number, r: number, flat = 1) =>
        Math.hypot(x - u, (y - v) * flat) < r
      const animal = seen((x, y, channel) => {
        const stripes = 12 * Math.sin(x / 5 + 4 * Math.sin(y / 23))
        if (disc(x, y, 240, 180, 9, 0.5) || disc(x, y, 360, 180, 9, 0.5)) return 15
        if (disc(x, y, 240, 180, 24) || disc(x, y, 360, 180, 24)) return [170, 190, 80][channel]!
        if (disc(x, y, 300, 245, 18, 1.6)) return [150, 90, 90][channel]!
        const ear = (at: number) => y < 110 && y > 20 && Math.abs(x - at) < (y - 20) * 0.6
        const head = disc(x, y, 300, 210, 140, 1.25) || ear(215) || ear(385)
        return head ? [190, 150, 110][channel]! + stripes : [60, 80, 60][channel]! + stripes / 3
      })
      expect(await finder.find(quarterTurned(animal, quarter))).toEqual([])
    },
  )

  test.each(full ? [0, 1, 2, 3] : [2])('in the lower third of photograph %i', async (photo) => {
    const image = await photograph(photographs[photo]!)
    const height = Math.round(image.height / 3)
    expect(await finder.find(crop(image, 0, image.height - height, image.width, height))).toEqual([])
  })
})

describe('networks that do not fit are refused by the tensor', async () => {
  const { detector, landmarks } = await readFaceWeights()
  const without = (weights: Weights, name: string): Weights => {
    const copy = new Map(weights)
    expect(copy.delete(name)).toBe(true)
    return copy
  }

  test.each([
    'MobilenetV1/Conv2d_0_pointwise/weights',
    'MobilenetV1/Conv2d_7_depthwise/BatchNorm/moving_mean',
    'Prediction/Conv2d_3_pointwise/convolution_bn_offset',
    'Prediction/BoxPredictor_5/ClassPredictor/biases',
    'Output/extra_dim',
  ])('the detector without %s', (name) => {
    expect(() => readFaceDetector(without(detector, name))).toThrow(
      expect.objectContaining({ code: 'unsupported-model', place: { name } }),
    )
  })

  test.each(['dense0/conv0/bias', 'dense3/conv3/pointwise_filter', 'fc/weights'])(
    'the landmark network without %s',
    (name) => {
      expect(() => readFaceLandmarks(without(landmarks, name))).toThrow(
        expect.objectContaining({ code: 'unsupported-model', place: { name } }),
      )
    },
  )
})
