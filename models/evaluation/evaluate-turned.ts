import { readFileSync } from 'node:fs'
import type { Face } from '../../src/engine/face/face.ts'
import { openFaceDetection } from '../../src/engine/face/face-detection.ts'
import { openFaceFinder } from '../../src/engine/face/face-finder.ts'
import { openLandmarkDetection } from '../../src/engine/face/landmark-detection.ts'
import { ffhqQuad, sideOf } from '../../src/engine/face/quad.ts'
import { quarterTurned } from '../../src/engine/face/quarter-turn.ts'
import { turnedView, type View, viewImage } from '../../src/engine/face/view.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { onnxRuntime } from '../../src/node/runtime/onnx-runtime.ts'
import { sharpCodec } from '../../src/node/runtime/sharp-codec.ts'
import { loadFaceNetworks } from '../../src/node/worker/face-networks.ts'
import { photographs } from '../../test/golden/face-api.ts'

/** Photographs are searched in this size. */
const side = 1024

/** Landmarks that lie further off on average, in distances of the eyes, are those of a crop that is wrong. */
const mostError = 0.25

/**
 * Turns the photographs of face-api by every 15 degrees, or by those that are given, and says how many of the faces
 * of the upright photograph are found again with their landmarks, and how many others; and how steady the landmarks
 * are of what the detector takes for an upright face in the turned photograph, right or wrong.
 */
export async function main(args: readonly string[]): Promise<number> {
  const degrees = args.length > 0 ? args.map(Number) : Array.from({ length: 24 }, (_, i) => 15 * i)
  const [runtime, networks] = [onnxRuntime('cpu'), await loadFaceNetworks()]
  const finder = await openFaceFinder(runtime, networks)
  const detection = await openFaceDetection(runtime, networks.detector)
  const location = await openLandmarkDetection(runtime, networks.landmarks)
  const images = await Promise.all(
    photographs.map((path) => sharpCodec.decode(readFileSync(path), path, side)),
  )
  const upright: (readonly Face[])[] = []
  for (const image of images) upright.push(await finder.find(image))
  const count = upright.flat().length
  const unsteady: Record<'right' | 'wrong', number[]> = { right: [], wrong: [] }
  console.log(`| turned by | photographs with a right face | right faces of ${count} | wrong faces |`)
  console.log('| --- | --- | --- | --- |')
  for (const turn of degrees) {
    let [pictures, right, wrong] = [0, 0, 0]
    for (const [i, image] of images.entries()) {
      const { copy, view } = turnedCopy(image, turn)
      const known = upright[i]!.map(({ points }) => pointsInView(points, view))
      const isRight = (found: Float32Array) => known.some((points) => error(found, points) < mostError)
      const found = await finder.find(copy)
      const hits = known.filter((points) =>
        found.some((face) => error(face.points, points) < mostError),
      ).length
      pictures += hits > 0 ? 1 : 0
      right += hits
      wrong += found.filter(({ points }) => !isRight(points)).length
      for (const find of await detection.findUpright(copy)) {
        const face = await location.locate(copy, find)
        if (face === undefined) continue
        const judgement = await location.judge(copy, find, face.points)
        unsteady[isRight(face.points) ? 'right' : 'wrong'].push(judgement.unsteady)
      }
    }
    console.log(`| ${turn} | ${pictures} of ${images.length} | ${right} | ${wrong} |`)
  }
  for (const [kind, values] of Object.entries(unsteady)) {
    const parts = [0, 0.05, 0.5, 0.9, 0.95, 1].map(
      (part) => `${100 * part} %: ${quantile(values, part).toFixed(2)}`,
    )
    console.log(`\nUnsteadiness of ${values.length} ${kind} finds: ${parts.join(', ')}`)
  }
  await finder.dispose()
  await detection.dispose()
  await location.dispose()
  return 0
}

function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

/** The whole picture turned clockwise on black, and where the copy's pixels lie in it. */
function turnedCopy(image: Image, degrees: number): { readonly copy: Image; readonly view: View } {
  const angle = (-degrees * Math.PI) / 180
  const [cos, sin] = [Math.abs(Math.cos(angle)), Math.abs(Math.sin(angle))]
  const size = {
    width: Math.round(image.width * cos + image.height * sin),
    height: Math.round(image.width * sin + image.height * cos),
  }
  // Whole numbers are centres of pixels.
  const middle = { width: size.width - 1, height: size.height - 1 }
  const view = turnedView((image.width - 1) / 2, (image.height - 1) / 2, 1, angle, middle)
  const exact = degrees % 90 === 0
  return {
    copy: exact ? quarterTurned(image, (4 - ((degrees / 90) % 4)) % 4) : viewImage(image, view, size),
    view,
  }
}

/** Points of the picture in pixels of the view. */
function pointsInView(points: Float32Array, { x, y, a, b }: View): Float32Array {
  return points.map((_, i) => {
    const [dx, dy] = [points[i - (i % 2)]! - x, points[i - (i % 2) + 1]! - y]
    return (i % 2 === 0 ? dx * a + dy * b : dy * a - dx * b) / (a * a + b * b)
  })
}

/** The mean distance of brows, nose, eyes and mouth in distances of an FFHQ face's eyes. */
function error(found: Float32Array, known: Float32Array): number {
  let sum = 0
  for (let i = 17; i < 68; i++) {
    sum += Math.hypot(found[2 * i]! - known[2 * i]!, found[2 * i + 1]! - known[2 * i + 1]!)
  }
  return (4 * sum) / 51 / sideOf(ffhqQuad(known))
}
