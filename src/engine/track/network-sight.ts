import { bySize, type Face, scaledFace } from '../face/face.ts'
import { openFaceDetection } from '../face/face-detection.ts'
import { type FaceNetworks, faceSearch, searchSide } from '../face/face-finder.ts'
import { openLandmarkDetection } from '../face/landmark-detection.ts'
import { pointsInQuad } from '../face/quad.ts'
import { recognitionBox } from '../face/recognition-box.ts'
import { leanOf, turnedQuad, uprightQuad } from '../face/square-quad.ts'
import { viewImage } from '../face/view.ts'
import type { FaceRecognition } from '../network/face-recognition/reading.ts'
import { resizeLanczos } from '../picture/lanczos.ts'
import { openFaceDescriber } from '../projection/identity.ts'
import type { Image, Runtime, SessionOptions } from '../runtime.ts'
import { placeOfFace } from './face-place.ts'
import type { FaceSight } from './face-sight.ts'

/** The side of the square that holds a face for the recognition network, and what of it the face takes. */
const describedSide = 256
const share = 0.9

/**
 * Where looks at a box differ more, in distances of the eyes, it holds no face. Of the 22 faces of the photographs that come with
 * face-api all but one, in profile, stay below 0.05, and of 247 other places in them all but a few go beyond 0.15.
 */
const mostSpread = 0.08

const square = { width: describedSide, height: describedSide }

/** What face-api's networks see. */
export interface NetworkSight extends FaceSight {
  dispose(): Promise<void>
}

/** Loads the networks. */
export async function openNetworkSight(
  runtime: Runtime,
  { detector, landmarks }: FaceNetworks,
  recognition: FaceRecognition,
  options: SessionOptions = {},
): Promise<NetworkSight> {
  const detection = await openFaceDetection(runtime, detector, options)
  const location = await openLandmarkDetection(runtime, landmarks, options)
  const describer = await openFaceDescriber(runtime, recognition, describedSide, options)
  const search = faceSearch(detection, location)

  const look: FaceSight['look'] = async (image, box, angle) => {
    const { points, spread } = await location.lookAround(image, box, angle)
    return spread < mostSpread ? points : undefined
  }

  async function searchedThoroughly(image: Image): Promise<readonly Face[]> {
    const shrink = Math.max(1, Math.max(image.width, image.height) / searchSide)
    const [width, height] = [Math.round(image.width / shrink), Math.round(image.height / shrink)]
    const faces = await search(shrink === 1 ? image : resizeLanczos(image, width, height))
    return faces.map((face) => scaledFace(face, image.width / width, image.height / height))
  }

  async function searchedQuickly(image: Image): Promise<readonly Face[]> {
    const finds = await detection.findLarge(image)
    const faces = await Promise.all(finds.map((find) => location.locate(image, find)))
    return bySize(faces.filter((face) => face !== undefined))
  }

  return {
    async find(image, thoroughly) {
      const faces: Face[] = []
      for (const face of await (thoroughly ? searchedThoroughly(image) : searchedQuickly(image))) {
        const { box, angle } = placeOfFace(face.points)
        const points = await look(image, box, angle)
        if (points !== undefined) faces.push({ ...face, points })
      }
      return faces
    },
    look,
    describe(image, points) {
      const { x, y, width, height } = recognitionBox(points)
      const upright = uprightQuad([x + width / 2, y + height / 2], width / share)
      const quad = turnedQuad(upright, leanOf(points))
      const [[left, top], , , [right, down]] = quad
      const [a, b] = [(right - left) / describedSide, (down - top) / describedSide]
      const face = viewImage(image, { x: left, y: top, a, b }, square)
      return describer.describe(face, pointsInQuad(points, quad))
    },
    async dispose() {
      await detection.dispose()
      await location.dispose()
      await describer.dispose()
    },
  }
}
