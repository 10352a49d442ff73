import { drawnHeatMaps } from '../face/drawn-heat-maps.ts'
import { landmarkCount } from '../face/landmark-groups.ts'
import { eyesDistance } from '../face/quad.ts'
import { faceCrop } from '../projection/identity.ts'
import { maskTarget, type Targets } from '../projection/targets.ts'

/** What the targets of all frames of a film have in common. */
export interface FilmLook {
  /** The look's, with any landmarks. */
  readonly targets: Targets
  /** Of the landmark network's Gaussians, in cells. */
  readonly deviation: number
  /** Pixels of the generator's side. */
  readonly resolution: number
  /** How far landmarks are kept out of the look: 0..1, not at all if absent. */
  readonly landmarkMask?: number | undefined
}

/**
 * What a frame aims at: the look, with landmarks that are drawn and so wholly believed.
 *
 * @param points 68 x (x, y), fractions of the square
 */
export function frameTargets(
  { targets, deviation, resolution, landmarkMask }: FilmLook,
  points: ArrayLike<number>,
): Targets {
  const heatMaps = drawnHeatMaps(points, deviation)
  const { features, identity, mask, confidence } = targets
  return {
    ...targets,
    heatMaps,
    confidence: { ...confidence, data: confidence.data.map(() => 1) },
    ...(identity && { identity: { ...identity, crop: faceCrop(points, resolution) } }),
    ...(mask && { mask: maskTarget(mask.lookPoints, heatMaps, features, landmarkMask!) }),
  }
}

/** The mean distance of landmarks from where they were aimed at, over the distance of the eyes there. */
export function frameError(points: ArrayLike<number>, target: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < 2 * landmarkCount; i += 2) {
    sum += Math.hypot(points[i]! - target[i]!, points[i + 1]! - target[i + 1]!)
  }
  return sum / landmarkCount / eyesDistance(target)
}
