import type { FaceDetector } from '../network/face-detector/reading.ts'
import type { FaceLandmarks } from '../network/face-landmarks/face-landmarks.ts'
import type { Image, Runtime, SessionOptions } from '../runtime.ts'
import { bySize, type Face } from './face.ts'
import { openFaceDetection } from './face-detection.ts'
import { openLandmarkDetection } from './landmark-detection.ts'

/** The longer side to which larger pictures are shrunk before faces are looked for. */
export const searchSide = 2048

/** The networks that find faces. */
export interface FaceNetworks {
  readonly detector: FaceDetector
  readonly landmarks: FaceLandmarks
}

/** Finds faces and their landmarks. */
export interface FaceFinder {
  /** All faces of a picture whose longer side is at most `searchSide`, in its pixels, the largest first. */
  find(image: Image): Promise<readonly Face[]>
  dispose(): Promise<void>
}

/** Loads both networks. */
export async function openFaceFinder(
  runtime: Runtime,
  { detector, landmarks }: FaceNetworks,
  options: SessionOptions = {},
): Promise<FaceFinder> {
  const detection = await openFaceDetection(runtime, detector, options)
  const location = await openLandmarkDetection(runtime, landmarks, options)
  return {
    async find(image) {
      const faces: Face[] = []
      for (const find of await detection.find(image)) {
        const face = await location.locate(image, find)
        if (face !== undefined) faces.push(face)
      }
      return bySize(faces)
    },
    async dispose() {
      await detection.dispose()
      await location.dispose()
    },
  }
}
