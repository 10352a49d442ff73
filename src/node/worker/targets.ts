import { MienError } from '../../engine/errors.ts'
import { drawnHeatMaps } from '../../engine/face/drawn-heat-maps.ts'
import { pointsInQuad } from '../../engine/face/quad.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import type { HeatMapForm } from './networks.ts'
import { squareOf, type TargetPicture } from './pictures.ts'
import type { TargetImages } from './protocol.ts'

/** The targets of a projection before networks see them. */
export interface CutTargets extends TargetImages {
  /** Heat maps to aim at, where the landmark network cannot read them from the picture. */
  readonly drawnMaps?: FloatTensor
}

/**
 * Cuts both pictures out in the generator's size. A landmark network that never saw a photograph is not asked about
 * one: its heat maps are drawn from the points by which the photograph was aligned.
 */
export function cutTargets(
  [look, landmarks]: readonly TargetPicture[],
  resolution: number,
  form: HeatMapForm | undefined,
): CutTargets {
  if (look === undefined || landmarks === undefined) throw new MienError('wrong-use', 'A target is missing.')
  const images = { look: squareOf(look, resolution), landmarks: squareOf(landmarks, resolution) }
  const alignments = {
    ...(look.alignment === undefined ? {} : { look: look.alignment }),
    ...(landmarks.alignment === undefined ? {} : { landmarks: landmarks.alignment }),
  }
  if (landmarks.alignment === undefined || form === undefined) return { ...images, alignments }
  const { points, quad } = landmarks.alignment
  const inside = pointsInQuad(points, quad)
  return {
    ...images,
    alignments,
    points: inside.map((fraction) => fraction * resolution),
    drawnMaps: drawnHeatMaps(inside, form.deviation),
  }
}
