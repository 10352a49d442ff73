import { MienError } from '../errors.ts'
import type { Image, Runtime, SessionOptions } from '../runtime.ts'
import type { Course } from './changes.ts'
import type { Networks } from './objective.ts'
import { joinHeatMaps, type Targets, targetsOf } from './targets.ts'

/** The pictures of a run, squares of the generator's resolution. */
export interface TargetPictures {
  readonly look: Image
  readonly landmarks: Image
  /** A picture that a change names; undefined if there is none of that name. */
  named?(name: string): Promise<Image | undefined>
}

/** The targets of a course, and those of the next one. */
export interface TargetFinder {
  readonly targets: Targets
  /**
   * The targets after a change; what has not changed is taken over.
   *
   * @throws MienError 'mismatch' for a picture that is not there
   */
  retarget(before: Course, after: Course, targets: Targets): Promise<Targets>
}

/** Holds the networks for as long as it lives if the run is live, else not: they are as large as all weights. */
export async function targetFinder(
  runtime: Runtime,
  networks: Networks,
  pictures: TargetPictures,
  course: Course,
  options?: SessionOptions,
): Promise<TargetFinder> {
  const own = await targetsOf(runtime, networks, pictures.look, pictures.landmarks, options)
  if (!course.live) return { targets: own, retarget: async (_before, _after, targets) => targets }
  const ownCourse: Course = { ...course, look: undefined, landmarks: course.landmarks.map(() => undefined) }
  const retarget = liveRetarget(runtime, networks, pictures, own, options)
  return { targets: await retarget(ownCourse, course, own), retarget }
}

function liveRetarget(
  runtime: Runtime,
  networks: Networks,
  pictures: TargetPictures,
  own: Targets,
  options?: SessionOptions,
): TargetFinder['retarget'] {
  const described = async (name: string | undefined): Promise<Targets> => {
    if (name === undefined) return own
    const image = await pictures.named?.(name)
    if (image === undefined) {
      throw new MienError('mismatch', `The picture ${name.slice(0, 12)}… of a change is not there.`, {
        name,
        hint: 'Put it back into the folder of the run, or start a new run.',
      })
    }
    return targetsOf(runtime, networks, image, image, options)
  }
  return async (before, after, targets) => {
    const sameLook = before.look === after.look
    const sameLandmarks = before.landmarks.every((source, group) => source === after.landmarks[group])
    if (sameLook && sameLandmarks) return targets
    const sources = new Map<string | undefined, Targets>()
    for (const name of new Set([
      ...(sameLook ? [] : [after.look]),
      ...(sameLandmarks ? [] : after.landmarks),
    ])) {
      sources.set(name, await described(name))
    }
    return {
      features: sameLook ? targets.features : sources.get(after.look)!.features,
      heatMaps: sameLandmarks
        ? targets.heatMaps
        : joinHeatMaps(after.landmarks.map((name) => sources.get(name)!.heatMaps)),
    }
  }
}
