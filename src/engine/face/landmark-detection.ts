import { createBuilder } from '../graph/builder.ts'
import { serialise } from '../graph/onnx.ts'
import { innerDistance } from '../likeness/inner-landmarks.ts'
import { type FaceLandmarks, findLandmarks, landmarkSize } from '../network/face-landmarks/face-landmarks.ts'
import { crop } from '../picture/crop.ts'
import type { Image, Runtime, SessionOptions } from '../runtime.ts'
import type { Box, Face } from './face.ts'
import type { TurnedFind } from './face-detection.ts'
import { type Judgement, judged } from './face-judgement.ts'
import { landmarkCount } from './landmark-groups.ts'
import { meanPoint } from './quad.ts'
import { placeOf, turnedView, uprightView, type View, viewImage, viewTensor } from './view.ts'

/** Faces of turned copies that lean more than this, in radians, from the copy's turn are looked at again. */
const mostLean = 0.3

const square = { width: landmarkSize, height: landmarkSize }

/** A look at a box: larger, turned clockwise in radians, and moved by parts of the box's longer side. */
interface Look {
  readonly scale: number
  readonly turn: number
  readonly across: number
  readonly down: number
}

const straight: Look = { scale: 1, turn: 0, across: 0, down: 0 }

/** What `lookAround` averages over. */
const variations: readonly Look[] = [
  straight,
  { scale: 1.06, turn: 0.1, across: 0.02, down: 0 },
  { scale: 0.94, turn: -0.1, across: -0.02, down: 0 },
  { scale: 1.06, turn: -0.1, across: 0, down: 0.02 },
  { scale: 0.94, turn: 0.1, across: 0, down: -0.02 },
]

/** What several looks at one face say together. */
export interface LookAround {
  /** Their mean: 68 x (x, y). */
  readonly points: Float32Array
  /** How far they lie from it, in distances of the eyes. */
  readonly spread: number
}

/** A landmark network that is ready to run. */
export interface LandmarkDetection {
  /** The landmarks of a face that was found; undefined where nothing of its box lies in the picture. */
  locate(image: Image, find: TurnedFind): Promise<Face | undefined>
  /** Whether the landmarks that were located are those of a face that stands as the find says. */
  judge(image: Image, find: TurnedFind, points: Float32Array): Promise<Judgement>
  /**
   * The landmarks in a box that is turned clockwise about its middle by so many radians, at whatever place between pixels: the
   * mean of looks that differ a little, which trembles less from frame to frame than one look.
   */
  lookAround(image: Image, box: Box, angle: number): Promise<LookAround>
  dispose(): Promise<void>
}

/** Loads the landmark network. */
export async function openLandmarkDetection(
  runtime: Runtime,
  network: FaceLandmarks,
  options: SessionOptions = {},
): Promise<LandmarkDetection> {
  const b = createBuilder()
  const input = b.input('picture', [1, 3, landmarkSize, landmarkSize])
  const session = await runtime.load(serialise({ points: findLandmarks(b, network, input) }), options)

  /** The points of a cut-out face, in its pixels. */
  async function pointsIn(face: Image): Promise<readonly (readonly [number, number])[]> {
    const side = Math.max(face.width, face.height)
    // Face-api puts the spare pixel of an odd margin at the end.
    const [left, top] = [face.width, face.height].map(
      (extent) => side - extent - Math.round((side - extent) / 2),
    )
    const view = uprightView(-left!, -top!, side / landmarkSize)
    const { points } = await session.run({ picture: viewTensor(face, view, square) })
    const { data } = points!
    return Array.from({ length: landmarkCount }, (_, i) => [
      Number(data[2 * i]) * side - (side - face.width) / 2,
      Number(data[2 * i + 1]) * side - (side - face.height) / 2,
    ])
  }

  /** Looks at a box, each turned and moved otherwise. */
  function looksInto(image: Image, box: Box): (look: Look) => Promise<Float32Array> {
    const { face, view } = surroundings(image, box)
    const [u, v] = [(box.x + box.width / 2 - view.x) / view.a, (box.y + box.height / 2 - view.y) / view.a]
    const side = Math.max(box.width, box.height) / view.a
    return async ({ scale, turn, across, down }) => {
      const step = (scale * side) / landmarkSize
      const seen = turnedView(u + across * side, v + down * side, step, turn, square)
      const { points } = await session.run({ picture: viewTensor(face, seen, square) })
      const places = Array.from({ length: landmarkCount }, (_, i) => {
        const at = [2 * i, 2 * i + 1].map((k) => Number(points!.data[k]) * landmarkSize)
        return placeOf(view, ...placeOf(seen, at[0]!, at[1]!))
      })
      return Float32Array.from(places.flat())
    }
  }

  async function look(image: Image, find: TurnedFind): Promise<Face | undefined> {
    const cut = find.angle === 0 ? uprightCut(image, find) : turnedCut(image, find)
    if (cut === undefined) return undefined
    const { face, view } = cut
    const places = (await pointsIn(face)).flatMap(([u, v]) => placeOf(view, u, v))
    return { box: find.box, score: find.score, points: Float32Array.from(places) }
  }

  return {
    async locate(image, find) {
      const first = await look(image, find)
      if (first === undefined) return undefined
      const lean = eyesLean(first.points)
      if (find.angle === 0 || Math.abs(lean - find.angle) < mostLean) return first
      return (await look(image, { ...find, angle: lean })) ?? first
    },
    judge(image, { box, angle }, points) {
      const look = looksInto(image, box)
      return judged((turn) => look({ ...straight, turn }), box, angle, points)
    },
    async lookAround(image, box, angle) {
      const look = looksInto(image, box)
      const looks: Float32Array[] = []
      for (const variation of variations)
        looks.push(await look({ ...variation, turn: angle + variation.turn }))
      const points = looks[0]!.map((_, k) => looks.reduce((sum, found) => sum + found[k]!, 0) / looks.length)
      const spread = looks.reduce((sum, found) => sum + innerDistance(found, points), 0) / looks.length
      return { points, spread }
    },
    dispose: () => session.dispose(),
  }
}

interface Cut {
  readonly face: Image
  /** Where the pixels of `face` lie in the picture. */
  readonly view: View
}

/** The box cut out, whole pixels inside the picture. */
function uprightCut(image: Image, { box }: TurnedFind): Cut | undefined {
  const [left, top] = [Math.max(0, Math.floor(box.x)), Math.max(0, Math.floor(box.y))]
  const width = Math.floor(Math.min(box.x + box.width - Math.max(0, box.x), image.width - Math.max(0, box.x)))
  const height = Math.floor(
    Math.min(box.y + box.height - Math.max(0, box.y), image.height - Math.max(0, box.y)),
  )
  if (width < 1 || height < 1) return undefined
  // The fraction that the cut leaves off is not lost: points are counted from the box itself.
  return shrunk({ face: crop(image, left, top, width, height), view: uprightView(box.x, box.y, 1) })
}

/** The box cut out of the picture turned about the box's middle. */
function turnedCut(image: Image, { box, angle }: TurnedFind): Cut | undefined {
  const size = { width: Math.round(box.width), height: Math.round(box.height) }
  if (size.width < 1 || size.height < 1) return undefined
  const view = turnedView(box.x + box.width / 2, box.y + box.height / 2, 1, angle, size)
  return shrunk({ face: viewImage(image, view, size), view })
}

/** What a turned look at a box can see, of the resolution that it needs. */
function surroundings(image: Image, { x, y, width, height }: Box): Cut {
  const half = (Math.max(width, height) * Math.SQRT2) / 2
  const within = (at: number, extent: number) => Math.min(Math.max(Math.round(at), 0), extent)
  const [left, right] = [-half, half].map((side) => within(x + width / 2 + side, image.width))
  const [top, bottom] = [-half, half].map((side) => within(y + height / 2 + side, image.height))
  const face = crop(image, left!, top!, right! - left!, bottom! - top!)
  return shrunk({ face, view: uprightView(left!, top!, 1) })
}

/** Averages 2x2 pixels until bilinear sampling leaves out few. */
function shrunk({ face, view }: Cut): Cut {
  if (Math.max(face.width, face.height) <= 4 * landmarkSize) return { face, view }
  const [width, height] = [face.width >> 1, face.height >> 1]
  const data = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y++) {
    for (let i = 0; i < width * 3; i++) {
      const x = Math.floor(i / 3) * 6 + (i % 3)
      const [upper, lower] = [2 * y * face.width * 3 + x, (2 * y + 1) * face.width * 3 + x]
      data[y * width * 3 + i] =
        (face.data[upper]! + face.data[upper + 3]! + face.data[lower]! + face.data[lower + 3]! + 2) >> 2
    }
  }
  return shrunk({ face: { width, height, data }, view: { ...view, a: 2 * view.a, b: 2 * view.b } })
}

/** The turn of the line through both eyes' middles, in radians, clockwise. */
function eyesLean(points: Float32Array): number {
  const [left, right] = [meanPoint(points, 36, 42), meanPoint(points, 42, 48)]
  return Math.atan2(right[1] - left[1], right[0] - left[0])
}
