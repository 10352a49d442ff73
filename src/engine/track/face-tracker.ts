import type { Face } from '../face/face.ts'
import type { Image } from '../runtime.ts'
import { type Candidate, candidateAt, isAt, isSure, recognised } from './candidate.ts'
import { type FacePlace, placeOfFace } from './face-place.ts'
import type { FaceSight } from './face-sight.ts'
import { frameComparison } from './frame-change.ts'
import type { Observation } from './observation.ts'
import { firstSeen, type Person, seenAgain } from './person.ts'

/** Seconds after which the whole frame is looked at again, though nothing is in doubt. */
const betweenKeyFrames = 1

/** The same for a thorough look while the face is not found. */
const betweenThoroughLooks = 1

/** A frame of a film. */
export interface TimedImage {
  /** When it begins, in ticks. */
  readonly time: number
  readonly image: Image
}

/** Which face of a film is followed. */
export interface FaceChoice {
  /** By its number in the order of size, from 1, in the first frame that has so many. */
  readonly number: number
  /** Ticks a second. */
  readonly timescale: number
}

/** All faces of a frame that was looked at as a whole. */
export interface KeyFrame {
  /** Its index. */
  readonly frame: number
  /** One at least, the largest first. */
  readonly faces: readonly Face[]
}

/** What a frame told. */
export interface Tracked {
  readonly observation: Observation
  /** Where the frame was looked at as a whole, and shows faces. */
  readonly keyFrame?: KeyFrame
}

/** What is remembered from frame to frame. */
interface Memory {
  /** Who is followed; undefined until he was chosen. */
  readonly person: Person | undefined
  /** Where he was in the frame before; undefined where he was not seen. */
  readonly place: FacePlace | undefined
  /** Whether no other face was found since the last cut. */
  readonly alone: boolean
  /** When a whole frame was last looked at, and last thoroughly, in ticks. */
  readonly looked: number
  readonly lookedThoroughly: number
}

const never = Number.NEGATIVE_INFINITY

/**
 * Follows one face through the frames of a film. Each is looked at once, and nothing of it but landmarks is kept. The face is
 * looked for where it was, and believed where its box overlaps with that and the recognition network knows it. Else, and
 * on key frames, all faces of the frame are compared. A face that is lost is looked for in every frame until it is back;
 * nobody else takes its place.
 */
export async function* trackedFrames(
  frames: AsyncIterable<TimedImage>,
  sight: FaceSight,
  { number, timescale }: FaceChoice,
): AsyncGenerator<Tracked> {
  const changeOf = frameComparison()
  let memory = newScene(undefined)
  let frame = 0
  for await (const { time, image } of frames) {
    const change = changeOf(image)
    const stayed = change === 'cut' ? undefined : await whereItWas(sight, image, memory)
    // What changes the picture at once and takes the face along is a cut, too, between scenes that look alike.
    const cut = change === 'cut' || (change === 'sudden' && memory.place !== undefined && !isSure(stayed))
    if (cut) memory = newScene(memory.person)
    let seen = !cut && isSure(stayed) ? stayed : undefined
    let faces: readonly Face[] = []
    if (seen === undefined || time - memory.looked >= betweenKeyFrames * timescale) {
      const looks =
        time - memory.lookedThoroughly < betweenThoroughLooks * timescale ? [false] : [false, true]
      for (const thoroughly of looks) {
        faces = await sight.find(image, thoroughly)
        memory = afterLook(memory, faces, time, thoroughly)
        seen = await chosen(sight, image, memory, faces, cut ? undefined : stayed, number)
        if (seen !== undefined) break
      }
    }
    memory = { ...memory, place: seen && placeOfFace(seen.points), person: knownWith(memory.person, seen) }
    yield {
      observation: { time, points: seen?.points, cut },
      ...(faces.length > 0 && { keyFrame: { frame, faces } }),
    }
    frame++
  }
}

/** In another scene he who is followed may be anywhere. */
function newScene(person: Person | undefined): Memory {
  return { person, place: undefined, alone: true, looked: never, lookedThoroughly: never }
}

function afterLook(memory: Memory, faces: readonly Face[], time: number, thoroughly: boolean): Memory {
  return {
    ...memory,
    alone: memory.alone && faces.length <= 1,
    looked: time,
    lookedThoroughly: thoroughly ? time : memory.lookedThoroughly,
  }
}

function knownWith(person: Person | undefined, seen: Candidate | undefined): Person | undefined {
  if (seen === undefined) return person
  return person === undefined ? firstSeen(seen.view) : seenAgain(person, seen.view)
}

async function whereItWas(
  sight: FaceSight,
  image: Image,
  { place, person }: Memory,
): Promise<Candidate | undefined> {
  return place && candidateAt(sight, image, place, person)
}

/** Which of a frame's faces is followed; undefined if none. */
async function chosen(
  sight: FaceSight,
  image: Image,
  { person, place, alone }: Memory,
  faces: readonly Face[],
  stayed: Candidate | undefined,
  number: number,
): Promise<Candidate | undefined> {
  if (person === undefined) {
    const face = faces[number - 1]
    return face && candidateAt(sight, image, placeOfFace(face.points), undefined)
  }
  const same = await recognised(sight, image, person, faces, stayed)
  if (same !== undefined) return same
  // A head that turns away is not known again; but where nobody else is, it is still the same.
  const [only] = faces
  const isSame = alone && only !== undefined && place !== undefined && isAt(only, place)
  return isSame ? candidateAt(sight, image, placeOfFace(only.points), person) : undefined
}
