import { landmarkGroups } from '../face/landmark-groups.ts'
import type { TransferSettings } from '../motion/transfer.ts'
import type { Image } from '../runtime.ts'
import { aimedPoints } from './aimed-points.ts'
import { bareSkin } from './bare-skin.ts'
import { headOutline, headReach } from './head-mask.ts'
import { headSkin, skinShift } from './head-skin.ts'
import { eyeOfLook, eyePatch, putEye } from './lids.ts'
import { lacking, mouthOfLook, mouthPatch, putMouth } from './lips.ts'
import { boundsOf, smoothStep } from './outline.ts'
import { openingOf } from './parts.ts'
import type { Portrait } from './portrait.ts'
import { type ReachWarning, reachOfFrame, reachWarnings } from './reach.ts'
import { seenLips, withSeenLips } from './seen-lips.ts'
import { slits } from './slits.ts'
import { transplant } from './transplant.ts'
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

const eyeSlits = [slits.leftEye, slits.rightEye]

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
  const seen = seenLips(portrait)
  const look = { ...portrait, points: withSeenLips(portrait.points, seen) }
  const patches = [...eyeSlits.map((slit) => eyePatch(look.points, slit)), mouthPatch(look.points)]
  const bare = bareSkin(look, patches)
  const eyes = eyeSlits.map((slit) => eyeOfLook(look, bare, slit))
  const mouth = mouthOfLook(look, bare)
  const outline = headOutline(look.points)
  const skin = headSkin(look.points, outline)
  const bounds = boundsOf(outline, headReach)
  return {
    frame(target, giver) {
      const aimed = mode === 'absolute' ? aimedPoints(portrait.points, target, allTheWay) : target
      const points = withSeenLips(aimed, seen)
      const shift = skinShift(skin, points)
      const image = movedPicture({ image: bare, quad: look.quad }, shift, bounds)
      const moved = { ...look, image, points }
      for (const eye of eyes) putEye(moved, eye)
      const opening = openingOf(points)
      const has = giver === undefined ? 0 : openingOf(giver.points)
      const given = has === 0 ? 0 : 1 - smoothStep(stretched, tooStretched, opening / has)
      const lacks = lacking(mouth, points)
      const open = lacks * smoothStep(0.01, 0.01 + parting, opening)
      if (giver !== undefined) transplant(moved, look, giver, ['mouth'], open * given)
      putMouth(moved, look, mouth, shift, 1 - open * given)
      const reach = reachWarnings(reachOfFrame(portrait.points, shift, points))
      const warnings = open > 0.5 && given < 0.5 ? [...reach, 'no-mouth' as const] : reach
      return { image, points: aimed, warnings }
    },
  }
}
