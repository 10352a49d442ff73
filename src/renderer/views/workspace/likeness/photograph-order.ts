import { sharesOf } from '../../../../engine/likeness/aimed-points.ts'
import { pointsOf } from '../../../../shared/alignment.ts'
import type { LikenessOrder } from '../../../../shared/likeness.ts'
import type { Picture } from '../../../../shared/project.ts'
import type { Setup } from '../../../../shared/setup.ts'

/**
 * What the photograph of a setup is made of; null where the look shows no face, or nothing tells where its landmarks go.
 *
 * @param modelWeights - The weights of the nine groups that the generator asks for.
 * @param run - A run of that setup that has a result, if there is one.
 */
export function photographOrder(
  { look, landmarks, sources, points, settings, eyes = 'look', aim = 'landmarks' }: Setup,
  pictures: readonly Picture[],
  modelWeights: readonly number[],
  run: string | null,
): LikenessOrder | null {
  const hasFace = (id: string) => {
    const picture = pictures.find((one) => one.id === id)
    return picture !== undefined && pointsOf(picture.alignment, picture.faces) !== null
  }
  if (look === null || landmarks === null || !hasFace(look)) return null
  const needsRun = sources.some((source) => !hasFace(source ?? landmarks))
  if (needsRun && run === null) return null
  // Until the search has a result, its landmarks cannot be aimed at.
  const followsRun = aim === 'result' && run !== null
  return {
    ...{ look, landmarks, sources, points, eyes, aim: followsRun ? 'result' : 'landmarks' },
    shares: [...sharesOf(settings.groupWeights, modelWeights)],
    run: needsRun || followsRun ? run : null,
  }
}
