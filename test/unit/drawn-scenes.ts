import type { Face } from '../../src/engine/face/face.ts'
import { overlapOf } from '../../src/engine/face/face.ts'
import { innerDistance } from '../../src/engine/likeness/inner-landmarks.ts'
import type { Image } from '../../src/engine/runtime.ts'
import { floatTensor } from '../../src/engine/tensor.ts'
import { placeOfFace } from '../../src/engine/track/face-place.ts'
import type { FaceSight } from '../../src/engine/track/face-sight.ts'
import { type KeyFrame, trackedFrames } from '../../src/engine/track/face-tracker.ts'
import type { Observation } from '../../src/engine/track/observation.ts'
import { trackOf } from '../../src/engine/track/whole-track.ts'

/** A face as the networks are to find it. */
export interface Actor {
  readonly points: Float32Array
  /** The place of his in the space of descriptors, in which the line between two people is 0.6 wide. */
  readonly who: readonly [number, number]
}

/** What a frame of a film without pictures shows. */
export interface Moment {
  readonly actors: readonly Actor[]
  /** How bright its picture is, 0..255; another scene is brighter or darker. */
  readonly light?: number
}

const size = { width: 640, height: 480 }

/** Networks that find what moments show, and what they were asked. */
export function sceneSight(moments: readonly Moment[]) {
  const images = moments.map(({ light = 100 }) => pictureOf(light))
  const asked = { quick: 0, thorough: 0 }
  const actorsIn = (image: Image) => moments[images.indexOf(image)]!.actors
  const sight: FaceSight = {
    async find(image, thoroughly) {
      asked[thoroughly ? 'thorough' : 'quick']++
      return actorsIn(image).map(({ points }): Face => ({ box: placeOfFace(points).box, score: 1, points }))
    },
    async look(image, box) {
      const overlap = ({ points }: Actor) => overlapOf(placeOfFace(points).box, box)
      const [nearest] = [...actorsIn(image)].sort((a, b) => overlap(b) - overlap(a))
      return nearest !== undefined && overlap(nearest) > 0.2 ? nearest.points : undefined
    },
    async describe(image, points) {
      const distance = (actor: Actor) => innerDistance(actor.points, points)
      const [nearest] = [...actorsIn(image)].sort((a, b) => distance(a) - distance(b))
      return floatTensor([1, 2], [...nearest!.who])
    },
  }
  return { images, sight, asked }
}

/** The track through moments, so many a second, of the face of that number. */
export async function tracked(moments: readonly Moment[], { number = 1, rate = 25 } = {}) {
  const { images, sight, asked } = sceneSight(moments)
  async function* frames() {
    for (const [time, image] of images.entries()) yield { time, image }
  }
  const observations: Observation[] = []
  const keyFrames: KeyFrame[] = []
  for await (const frame of trackedFrames(frames(), sight, { number, timescale: rate })) {
    observations.push(frame.observation)
    if (frame.keyFrame !== undefined) keyFrames.push(frame.keyFrame)
  }
  const track = trackOf(size, rate, observations)
  return { track, marks: marksOf(track?.frames ?? []), keyFrames, asked }
}

/** One letter a frame. */
function marksOf(frames: readonly { readonly state: string }[]): string {
  return frames.map(({ state }) => state[0]).join('')
}

export function movedPoints(points: Float32Array, x: number, y = 0): Float32Array {
  return points.map((value, i) => value + (i % 2 === 0 ? x : y))
}

function pictureOf(light: number): Image {
  return { width: 2, height: 2, data: new Uint8Array(12).fill(light) }
}
