import { landmarkGroups } from '../face/landmark-groups.ts'
import type { TransferSettings } from '../motion/transfer.ts'
import type { Image } from '../runtime.ts'
import { aimedPoints } from './aimed-points.ts'
import { headOutline, headReach } from './head-mask.ts'
import { headSkin, skinShift } from './head-skin.ts'
import { putDark, putEye, putTeeth } from './insides.ts'
import { boundsOf, smoothStep } from './outline.ts'
import { openingOf } from './parts.ts'
import type { Portrait } from './portrait.ts'
import type { ReachWarning } from './reach.ts'
import { withWholeEyes } from './seen-eyes.ts'
import { slits } from './slits.ts'
import { lipColour, transplant } from './transplant.ts'
import { movedPicture } from './warped-picture.ts'

/** What a user should be told of a frame; 'no-mouth' where a mouth opens of which no picture shows the inside. */
export type PhotographWarning = ReachWarning | 'no-mouth'

/** A frame of a film of a photograph. */
export interface PhotographFrame {
  /** In the size of the look's picture. */
  readonly image: Image
  /** Where the landmarks are in it: 68 x (x, y), fractions of the square. */
  readonly points: Float32Array
  readonly warnings: readonly PhotographWarning[]
}

/** A look's photograph, prepared for the frames of a film. */
export interface PhotographFilm {
  /**
   * @param target 68 x (x, y), fractions of the look's square
   * @param giver the driver in the same frame, whose mouth may be taken
   */
  frame(target: Float32Array, giver?: Portrait): PhotographFrame
}

/** A look's mouth shows what is in it from between these openings on, in distances of the eyes. */
const [shut, showing] = [0.05, 0.1]

const allTheWay = landmarkGroups.map(() => 1)

/** Lips part within this. */
const parting = 0.035

/** A giver's mouth is drawn out by so much at most, and not at all beyond. */
const [stretched, tooStretched] = [1.6, 2.4]

/**
 * Prepares a look's photograph for a film: what is the same in all frames is computed once. A frame depends on its landmarks
 * alone, and a little change of them changes it a little.
 *
 * @param mode whose shape the targets have: of the driver's own, the jaw goes half the way, as in a still (`aimedPoints`)
 */
export function openPhotographFilm(
  portrait: Portrait,
  mode: TransferSettings['mode'] = 'own',
): PhotographFilm {
  const look = { ...portrait, points: withWholeEyes(portrait.points) }
  const outline = headOutline(look.points)
  const skin = headSkin(look.points, outline)
  const bounds = boundsOf(outline, headReach)
  const lips = lipColour(look)
  const own = openingOf(look.points)
  const teeth = smoothStep(shut, showing, own)
  return {
    frame(target, giver) {
      const aimed = mode === 'absolute' ? aimedPoints(portrait.points, target, allTheWay) : target
      const points = withWholeEyes(aimed)
      const image = movedPicture(look, skinShift(skin, points), bounds)
      const moved = { ...look, image, points }
      putEye(moved, look, slits.leftEye)
      putEye(moved, look, slits.rightEye)
      const opening = openingOf(points)
      const open = smoothStep(0.01, 0.01 + parting, opening)
      const has = giver === undefined ? 0 : openingOf(giver.points)
      const given = has === 0 ? 0 : 1 - smoothStep(stretched, tooStretched, opening / has)
      putDark(moved, lips, open)
      if (giver !== undefined) transplant(moved, look, giver, ['mouth'], open * given)
      putTeeth(moved, look, teeth)
      const lacks = open > 0.5 && given < 0.5 && opening > own * (1 + teeth)
      return { image, points: aimed, warnings: lacks ? ['no-mouth'] : [] }
    },
  }
}
