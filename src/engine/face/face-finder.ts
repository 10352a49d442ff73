import type { FaceDetector } from '../network/face-detector/reading.ts'
import type { FaceLandmarks } from '../network/face-landmarks/face-landmarks.ts'
import type { Image, Runtime, SessionOptions } from '../runtime.ts'
import { type Box, bySize, coverOf, distinctFinds, type Face } from './face.ts'
import { type FaceDetection, openFaceDetection, type TurnedFind } from './face-detection.ts'
import type { Judgement } from './face-judgement.ts'
import { type LandmarkDetection, openLandmarkDetection } from './landmark-detection.ts'
import { faceTurnedBack, quarterOf, quarterTurned } from './quarter-turn.ts'
import { leanOf } from './square-quad.ts'

/** The longer side to which larger pictures are shrunk before faces are looked for. */
export const searchSide = 2048

/** Faces that were found in several turned copies are the same if one covers so much of the other. */
const sameCover = 0.4

/** The networks that find faces. */
export interface FaceNetworks {
  readonly detector: FaceDetector
  readonly landmarks: FaceLandmarks
}

/** Finds faces and their landmarks. */
export interface FaceFinder {
  /**
   * All faces of a picture whose longer side is at most `searchSide`, in its pixels, the largest first. Turned copies
   * are searched where the upright picture shows none, or some that do not stand upright.
   */
  find(image: Image): Promise<readonly Face[]>
  dispose(): Promise<void>
}

/** A find whose landmarks are known, and what they say of it. */
interface Seen {
  readonly face: Face
  readonly kind: Judgement['kind']
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
    find: faceSearch(detection, location),
    async dispose() {
      await detection.dispose()
      await location.dispose()
    },
  }
}

/** The search of a `FaceFinder`, with networks that are loaded already. */
export function faceSearch(detection: FaceDetection, location: LandmarkDetection): FaceFinder['find'] {
  async function seen(image: Image, finds: readonly TurnedFind[]): Promise<readonly Seen[]> {
    const all: Seen[] = []
    for (const find of finds) {
      const face = await location.locate(image, find)
      if (face === undefined) continue
      const { kind, points } = await location.judge(image, find, face.points)
      all.push({ kind, face: { ...face, points } })
    }
    return all
  }

  /** The sure faces that stand upright where the picture is turned by one of the quarters. */
  async function inQuarters(image: Image, quarters: Iterable<number>): Promise<readonly Face[]> {
    const faces: Face[] = []
    for (const quarter of quarters) {
      const copy = quarterTurned(image, quarter)
      const upright = believed(await seen(copy, await detection.findUpright(copy)))
      faces.push(...upright.map((face) => faceTurnedBack(face, image, quarter)))
    }
    return faces
  }

  async function search(image: Image): Promise<readonly Face[]> {
    const upright = await seen(image, await detection.findUpright(image))
    const turned = facesOf(upright, 'turned')
    if (turned.length === 0) {
      const doubtful = facesOf(upright, 'sure', 'doubtful')
      if (doubtful.length > 0) return doubtful
    }
    const known = believed(upright)
    const quarters = turned.length === 0 ? [1, 2, 3] : turned.map(({ points }) => quarterOf(leanOf(points)))
    const standing = await inQuarters(image, new Set(quarters.filter((quarter) => quarter !== 0)))
    // A face is best known where it stands upright; what only a look at a wrong box told comes last.
    const faces = [...known, ...distinctFinds(standing, areSame), ...turned]
    const distinct = faces.filter((face, i) => !faces.slice(0, i).some(({ box }) => areSame(box, face.box)))
    if (distinct.length > 0) return distinct
    const oblique = facesOf(await seen(image, await detection.findTurned(image)), 'sure')
    if (oblique.length > 0) return oblique
    return facesOf(await seen(image, await detection.findClose(image)), 'sure')
  }

  return async (image) => bySize(await search(image))
}

function facesOf(seen: readonly Seen[], ...kinds: readonly Judgement['kind'][]): readonly Face[] {
  return seen.filter(({ kind }) => kinds.includes(kind)).map(({ face }) => face)
}

/** Heads in profile are believed where another face stands the same way up. */
function believed(seen: readonly Seen[]): readonly Face[] {
  return seen.some(({ kind }) => kind === 'sure') ? facesOf(seen, 'sure', 'doubtful') : []
}

function areSame(a: Box, b: Box): boolean {
  return coverOf(a, b) > sameCover
}
