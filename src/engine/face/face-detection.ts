import { createBuilder } from '../graph/builder.ts'
import { serialise } from '../graph/onnx.ts'
import { detectFaces, detectorSize } from '../network/face-detector/face-detector.ts'
import type { FaceDetector } from '../network/face-detector/reading.ts'
import type { Image, Runtime, SessionOptions } from '../runtime.ts'
import { type Box, coverOf, distinctFinds, type Find, overlapOf } from './face.ts'
import { placeOf, turnedView, uprightView, type View, viewTensor } from './view.ts'

/** Finds of lower scores are as often none. */
const leastScore = 0.5

/** In parts of a picture, and in turned copies, more things are mistaken for faces. */
const leastScoreInPart = 0.6

/** Boxes of one look that overlap more are the same face. */
const sameOverlap = 0.5

/** Boxes of several looks are the same face if one covers so much of the other. */
const sameCover = 0.4

/**
 * Widths of the parts of a picture, of the longer side: two cover it. The fine ones are for pictures in which
 * nothing else is found.
 */
const partScale = 0.6
const finePartScale = 0.34

/** Parts of a picture overlap by so much, so that what is cut in one is whole in another. */
const partOverlap = 0.3

/** Finds that come this near to the edge where a part was cut off may be half a face. */
const cutMargin = 0.02

/** KeyedSerial that are tried where neither the upright picture nor its quarter turns show a face, in degrees. */
const turns = [30, -30, 45, -45, 135, -135, 150, -150]

/** A picture that a face fills is looked at with so much of its side around it. */
const padding = 0.5

const square = { width: detectorSize, height: detectorSize }

/** A face that was found in a view turned by `angle` radians; its box is upright in that view. */
export interface TurnedFind extends Find {
  readonly angle: number
}

/** A detector that is ready to run. */
export interface FaceDetection {
  /** What stands upright in a picture and is not small: it as a whole, in one look. */
  findLarge(image: Image): Promise<readonly TurnedFind[]>
  /**
   * What stands upright in a picture: it as a whole, then its parts enlarged for small faces. Large pictures should
   * come shrunk to about four times the detector's 512 pixels.
   */
  findUpright(image: Image): Promise<readonly TurnedFind[]>
  /** What turned copies of a picture show, each face as the copy shows it that is surest of it. */
  findTurned(image: Image): Promise<readonly TurnedFind[]>
  /** What a copy shows that has a margin: a face that fills the picture. */
  findClose(image: Image): Promise<readonly TurnedFind[]>
  dispose(): Promise<void>
}

/** Loads the detector. */
export async function openFaceDetection(
  runtime: Runtime,
  detector: FaceDetector,
  options: SessionOptions = {},
): Promise<FaceDetection> {
  const b = createBuilder()
  const found = detectFaces(b, detector, b.input('picture', [1, 3, detectorSize, detectorSize]))
  const session = await runtime.load(serialise({ boxes: found.boxes, scores: found.scores }), options)

  /** The finds of a view, in pixels of the view. */
  async function look(image: Image, view: View, least: number): Promise<readonly Find[]> {
    const { boxes, scores } = await session.run({ picture: viewTensor(image, view, square) })
    return viewFinds(boxes!.data as Float32Array, scores!.data as Float32Array, least)
  }

  /** Adds what parts of the picture show that is not known yet. */
  async function lookAtParts(image: Image, step: number, finds: Find[]): Promise<void> {
    for (const part of partsOf(image, step)) {
      const seen = await look(image, part, leastScoreInPart)
      const whole = seen
        .filter(({ box }) => !isCut(box, part, image))
        .map((find) => inPicture(find, part, image))
      finds.push(...whole.filter(({ box }) => !finds.some((known) => coverOf(known.box, box) > sameCover)))
    }
  }

  const stepOf = (image: Image) => Math.max(image.width, image.height) / detectorSize

  async function lookAtWhole(image: Image): Promise<Find[]> {
    const whole = uprightView(0, 0, stepOf(image))
    return (await look(image, whole, leastScore)).map((find) => inPicture(find, whole, image))
  }

  return {
    findLarge: async (image) => (await lookAtWhole(image)).map((find) => ({ ...find, angle: 0 })),
    async findUpright(image) {
      const step = stepOf(image)
      const finds = await lookAtWhole(image)
      await lookAtParts(image, step * partScale, finds)
      if (finds.length === 0) await lookAtParts(image, step * finePartScale, finds)
      return finds.map((find) => ({ ...find, angle: 0 }))
    },
    findTurned: (image) => turnedFinds(image, look),
    async findClose(image) {
      const side = Math.max(image.width, image.height)
      const step = (side * (1 + 2 * padding)) / detectorSize
      const left = (image.width - step * detectorSize) / 2
      const top = (image.height - step * detectorSize) / 2
      const view = uprightView(left, top, step)
      const finds = await look(image, view, leastScoreInPart)
      return finds.map((find) => ({ ...inPicture(find, view, image), angle: 0 }))
    },
    dispose: () => session.dispose(),
  }
}

/** Upright views that cover the picture; none where they would only enlarge its pixels. */
function partsOf(image: Image, step: number): readonly View[] {
  if (step < 1) return []
  const starts = (extent: number) => {
    const side = detectorSize * step
    const count = Math.max(1, Math.ceil((extent - side) / (side * (1 - partOverlap))) + 1)
    return Array.from({ length: count }, (_, i) => (count === 1 ? 0 : ((extent - side) * i) / (count - 1)))
  }
  return starts(image.height).flatMap((y) => starts(image.width).map((x) => uprightView(x, y, step)))
}

/** Whether a find in a part of the picture touches an edge at which the picture goes on. */
function isCut({ x, y, width, height }: Box, part: View, image: Image): boolean {
  const margin = cutMargin * detectorSize
  const end = detectorSize - margin
  return (
    (x < margin && part.x > 0) ||
    (y < margin && part.y > 0) ||
    (x + width > end && part.x + part.a * detectorSize < image.width) ||
    (y + height > end && part.y + part.a * detectorSize < image.height)
  )
}

/** The finds of turned copies of the whole picture, each face as the copy shows it that is surest of it. */
async function turnedFinds(
  image: Image,
  look: (image: Image, view: View, least: number) => Promise<readonly Find[]>,
): Promise<readonly TurnedFind[]> {
  const diagonal = Math.hypot(image.width, image.height) / detectorSize
  const finds: TurnedFind[] = []
  for (const degrees of turns) {
    const angle = (degrees * Math.PI) / 180
    const view = turnedView(image.width / 2, image.height / 2, diagonal, angle, square)
    for (const { box, score } of await look(image, view, leastScoreInPart)) {
      const [x, y] = placeOf(view, box.x + box.width / 2, box.y + box.height / 2)
      const [width, height] = [box.width * diagonal, box.height * diagonal]
      if (x < 0 || y < 0 || x > image.width || y > image.height) continue
      finds.push({ box: { x: x - width / 2, y: y - height / 2, width, height }, score, angle })
    }
  }
  return distinctFinds(finds, (a, b) => coverOf(a, b) > sameCover)
}

/** Boxes and scores of one look as finds, in pixels of the look. */
function viewFinds(boxes: Float32Array, scores: Float32Array, least: number): readonly Find[] {
  const finds: Find[] = []
  for (let i = 0; i < scores.length; i++) {
    if (!(scores[i]! > least)) continue
    const [top, left, bottom, right] = [0, 1, 2, 3].map((side) => boxes[4 * i + side]! * detectorSize)
    const box = { x: left!, y: top!, width: right! - left!, height: bottom! - top! }
    finds.push({ box, score: scores[i]! })
  }
  return distinctFinds(finds, (a, b) => overlapOf(a, b) > sameOverlap)
}

/**
 * A find of an upright view in pixels of the picture, cut at the view's and the picture's edges. Where the view has
 * the whole picture, its extent there counts in whole pixels, as face-api has it.
 */
function inPicture({ box, score }: Find, view: View, image: Image): Find {
  const place = (at: number, start: number, extent: number) => {
    const seen = extent / view.a
    const step = seen <= detectorSize ? extent / Math.round(seen) : view.a
    return Math.min(Math.max(start + step * Math.min(Math.max(at, 0), detectorSize), 0), extent)
  }
  const [left, right] = [box.x, box.x + box.width].map((u) => place(u, view.x, image.width))
  const [top, bottom] = [box.y, box.y + box.height].map((v) => place(v, view.y, image.height))
  return { box: { x: left!, y: top!, width: right! - left!, height: bottom! - top! }, score }
}
