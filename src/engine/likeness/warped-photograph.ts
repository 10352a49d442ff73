import type { Image } from '../runtime.ts'
import { canGive, missingMouth, type PartName } from './parts.ts'
import type { Portrait } from './portrait.ts'
import { type Reach, type ReachWarning, reachOf, reachWarnings } from './reach.ts'
import { transplant } from './transplant.ts'
import { warpField } from './warp-field.ts'
import { warpedPicture } from './warped-picture.ts'

/** What a user should be told; 'no-mouth' where a mouth is to open or close that no picture shows so. */
export type LikenessWarning = ReachWarning | 'no-mouth'

export interface WarpedPhotograph {
  /** In the size of the look's picture. */
  readonly image: Image
  /** Where the landmarks are in it: 68 x (x, y), fractions of the square. */
  readonly points: Float32Array
  /** What came from the other picture. */
  readonly parts: readonly PartName[]
  readonly reach: Reach
  readonly warnings: readonly LikenessWarning[]
}

/** Where parts come from that the look cannot show. */
export interface PartSources {
  /** Faces whose mouths may be taken; of those, the first that is open far enough. */
  readonly mouths: readonly Portrait[]
  /** Whose eyes are taken; the look keeps its own if absent. */
  readonly eyes?: Portrait
}

/**
 * The look's photograph with its landmarks where they are aimed at: moved by a smooth map, and what the look cannot show
 * (the inside of a mouth that opens, lips that close, on demand eyes) taken from other pictures. No network has part in
 * it. What lies beyond the face's square keeps its bytes.
 *
 * @param aimed 68 x (x, y), fractions of the square
 */
export function warpedPhotograph(
  look: Portrait,
  aimed: Float32Array,
  { mouths, eyes }: PartSources = { mouths: [] },
): WarpedPhotograph {
  const warp = warpField(look.points, aimed)
  const { field, points } = warp
  const image = warpedPicture(look, field)
  const moved = { ...look, image, points }
  const mouth = missingMouth(look.points, points)
  const giver = mouth && mouths.find((portrait) => canGive(portrait.points, points, mouth))
  if (mouth !== undefined && giver !== undefined) transplant(moved, look, giver, [mouth])
  const reach = reachOf(look.points, warp, aimed)
  const warnings = reachWarnings(reach)
  const eyeParts: readonly PartName[] = eyes === undefined ? [] : ['left eye', 'right eye']
  if (eyes !== undefined) transplant(moved, look, eyes, eyeParts)
  return {
    image,
    points,
    parts: mouth === undefined || giver === undefined ? eyeParts : [mouth, ...eyeParts],
    reach,
    warnings: mouth !== undefined && giver === undefined ? [...warnings, 'no-mouth'] : warnings,
  }
}
