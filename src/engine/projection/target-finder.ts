import { MienError } from '../errors.ts'
import { photographDeviation } from '../face/drawn-heat-maps.ts'
import { heatMapPoints } from '../face/heat-map-points.ts'
import type { Image, Runtime, SessionOptions } from '../runtime.ts'
import type { FloatTensor } from '../tensor.ts'
import type { Course, Place } from './course.ts'
import { faceCrop } from './identity.ts'
import type { LendNetworks } from './objective.ts'
import {
  joinGroups,
  maskTarget,
  type TargetOptions,
  type TargetSquares,
  type Targets,
  targetsOf,
  withDraggedConfidence,
  withDraggedPoints,
} from './targets.ts'

/** A picture that may stand for both targets: a square of the generator's resolution. */
export interface NamedPicture {
  readonly image: Image
  /** As in `TargetSquares`. */
  readonly drawnMaps?: FloatTensor
  /** As in `TargetSquares`, of this picture. */
  readonly lookPoints?: ArrayLike<number>
}

/** What is known of the pictures that changes name. */
export interface NamedPictures extends Pick<TargetSquares, 'deviation'> {
  /** A picture that a change names; undefined if there is none of that name. */
  named?(name: string): Promise<NamedPicture | undefined>
}

/** The pictures of a run. */
export interface TargetPictures extends TargetSquares, NamedPictures {}

/** Targets, and what their landmarks were before points were dragged. */
export interface SteeredTargets extends Targets {
  readonly pictured: Pick<Targets, 'heatMaps' | 'confidence'>
}

/** The targets of a course, and those of the next one. */
export interface TargetFinder {
  readonly targets: SteeredTargets
  /**
   * The targets after a change; what has not changed is taken over.
   *
   * @throws MienError 'mismatch' for a picture that is not there
   */
  retarget(before: Course, after: Course, targets: SteeredTargets): Promise<SteeredTargets>
}

/**
 * @param seen the targets of the pictures that the run begins with
 * @param lend gives the networks where a change names another picture; they are not held, as they are as large as all weights
 * @param resolution the generator's
 */
export async function targetFinder(
  runtime: Runtime,
  seen: Targets,
  lend: LendNetworks,
  resolution: number,
  pictures: NamedPictures,
  course: Course,
  options?: SessionOptions,
): Promise<TargetFinder> {
  const targetOptions = { ...options, landmarkMask: course.landmarkMask }
  const own: SteeredTargets = { ...seen, pictured: seen }
  if (!course.live) return { targets: own, retarget: async (_before, _after, targets) => targets }
  const ownCourse: Course = {
    ...course,
    look: undefined,
    landmarks: course.landmarks.map(() => undefined),
    points: course.points.map(() => undefined),
  }
  const retarget = liveRetarget(runtime, lend, resolution, pictures, own, targetOptions)
  return { targets: await retarget(ownCourse, course, own), retarget }
}

function liveRetarget(
  runtime: Runtime,
  lend: LendNetworks,
  resolution: number,
  pictures: NamedPictures,
  own: Targets,
  options: TargetOptions,
): TargetFinder['retarget'] {
  const { deviation = photographDeviation } = pictures
  const described = async (name: string | undefined): Promise<Targets> => {
    if (name === undefined) return own
    const picture = await pictures.named?.(name)
    if (picture === undefined) {
      throw new MienError('mismatch', `The picture ${name.slice(0, 12)}… of a change is not there.`, {
        name,
        hint: 'Put it back into the folder of the run, or start a new run.',
      })
    }
    const { image, ...known } = picture
    return lend((networks) =>
      targetsOf(runtime, networks, { look: image, landmarks: image, deviation, ...known }, options),
    )
  }
  return async (before, after, targets) => {
    const sameLook = before.look === after.look
    const sameLandmarks = before.landmarks.every((source, group) => source === after.landmarks[group])
    const samePoints = before.points.every((place, index) => isSamePlace(place, after.points[index]))
    // Weights change far more often than what they weigh: a slider must not cost masks and crops at every move.
    if (sameLook && sameLandmarks && samePoints) return targets
    const sources = new Map<string | undefined, Targets>()
    for (const name of new Set([
      ...(sameLook ? [] : [after.look]),
      ...(sameLandmarks ? [] : after.landmarks),
    ])) {
      sources.set(name, await described(name))
    }
    const pictured = sameLandmarks
      ? targets.pictured
      : {
          heatMaps: joinGroups(after.landmarks.map((name) => sources.get(name)!.heatMaps)),
          confidence: joinGroups(after.landmarks.map((name) => sources.get(name)!.confidence)),
        }
    const { features, colours, identity, mask } = sameLook ? targets : sources.get(after.look)!
    const heatMaps = withDraggedPoints(pictured.heatMaps, after.points, deviation)
    return {
      features,
      colours,
      heatMaps,
      confidence: withDraggedConfidence(pictured.confidence, after.points),
      pictured,
      ...(identity && {
        identity: {
          descriptor: identity.descriptor,
          crop: faceCrop(heatMapPoints(heatMaps), resolution),
        },
      }),
      ...(mask && { mask: maskTarget(mask.lookPoints, heatMaps, features, options.landmarkMask!) }),
    }
  }
}

function isSamePlace(a: Place | undefined, b: Place | undefined): boolean {
  return a?.x === b?.x && a?.y === b?.y
}
