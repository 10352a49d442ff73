import type { Picture } from '../../../../shared/project.ts'
import type { Run } from '../../../../shared/run.ts'
import type { Setup } from '../../../../shared/setup.ts'
import type { Target } from '../../../stores/setup-history.ts'

/** A picture that is taken as it is because no face was found in it, and what it is taken for. */
export interface FacelessPicture {
  readonly picture: Picture
  readonly target: Target
}

/**
 * The pictures of a setup in which nobody and nothing found a face, the landmarks' first. Those that were cut out by hand,
 * and those that a run was already made of for the same, are used on purpose.
 */
export function facelessPictures(
  setup: Setup,
  pictures: readonly Picture[],
  runs: readonly Run[],
): readonly FacelessPicture[] {
  const known = runs.map((run) => run.setup)
  return (['landmarks', 'look'] as const).flatMap((target) => {
    const used = new Set(known.flatMap((other) => picturesFor(other, target)))
    return [...new Set(picturesFor(setup, target))]
      .filter((id) => !used.has(id))
      .flatMap((id) => pictures.find((one) => one.id === id) ?? [])
      .filter(isFaceless)
      .map((picture) => ({ picture, target }))
  })
}

/** Whether nobody and nothing found a face in a picture, so that its middle is taken. */
export function isFaceless({ faces, alignment }: Picture): boolean {
  return faces.length === 0 && alignment.by === 'centre'
}

function picturesFor({ look, landmarks, sources }: Setup, target: Target): readonly string[] {
  const named = target === 'look' ? [look] : [landmarks, ...sources]
  return named.filter((id) => id !== null)
}
