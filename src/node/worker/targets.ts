import { MienError } from '../../engine/errors.ts'
import { drawnHeatMaps } from '../../engine/face/drawn-heat-maps.ts'
import { pointsInQuad } from '../../engine/face/quad.ts'
import type { NamedPicture } from '../../engine/projection/target-finder.ts'
import type { TargetSquares } from '../../engine/projection/targets.ts'
import type { FloatTensor } from '../../engine/tensor.ts'
import type { TargetImages, TargetInput } from '../engine/protocol.ts'
import type { HeatMapForm } from './networks.ts'
import { decodeTarget, squareOf, type TargetPicture } from './pictures.ts'

/** The targets of a projection before networks see them. */
export type CutTargets = TargetImages & TargetSquares

/** Cuts both pictures out in the generator's size. */
export function cutTargets(
  [look, landmarks]: readonly TargetPicture[],
  resolution: number,
  form: HeatMapForm,
): CutTargets {
  if (look === undefined || landmarks === undefined) throw new MienError('wrong-use', 'A target is missing.')
  const alignments = {
    ...(look.alignment === undefined ? {} : { look: look.alignment }),
    ...(landmarks.alignment === undefined ? {} : { landmarks: landmarks.alignment }),
  }
  return {
    look: squareOf(look, resolution),
    landmarks: squareOf(landmarks, resolution),
    alignments,
    ...lookPointsOf(look),
    ...drawnFrom(landmarks, resolution, form),
  }
}

/** The pictures of changes by name, cut out as those that a run begins with. */
export function namedPictures(
  find: (name: string) => TargetInput | undefined,
  resolution: number,
  form: HeatMapForm,
): (name: string) => Promise<NamedPicture | undefined> {
  return async (name) => {
    const input = find(name)
    if (input === undefined) return undefined
    const picture = await decodeTarget(input)
    const { drawnMaps } = drawnFrom(picture, resolution, form)
    return {
      image: squareOf(picture, resolution),
      ...lookPointsOf(picture),
      ...(drawnMaps === undefined ? {} : { drawnMaps }),
    }
  }
}

/** Where the points by which a look was aligned lie in its square. */
function lookPointsOf({ alignment }: TargetPicture): { readonly lookPoints?: Float32Array } {
  return alignment?.points === undefined ? {} : { lookPoints: pointsInQuad(alignment.points, alignment.quad) }
}

/**
 * A landmark network that never saw a photograph is not asked about one: its heat maps are drawn from the points by
 * which the photograph was aligned, here with those points in pixels of the square.
 */
function drawnFrom(
  { alignment }: TargetPicture,
  resolution: number,
  form: HeatMapForm,
): { readonly points?: Float32Array; readonly drawnMaps?: FloatTensor } {
  if (alignment?.points === undefined || form.knowsPhotographs) return {}
  const inside = pointsInQuad(alignment.points, alignment.quad)
  return {
    points: inside.map((fraction) => fraction * resolution),
    drawnMaps: drawnHeatMaps(inside, form.deviation),
  }
}
